// Hit policies: what a table answers when these rules match, and in which order.

import { Failure } from './failure.js';
import { isTemporal, plain } from './values.js';

const LISTS = new Set([ 'RULE ORDER', 'OUTPUT ORDER', 'COLLECT' ]);

/** Say whether two FEEL values are equal; the order of a context's entries does not count. */
export function same(one, other) {
  if (one === null || other === null || typeof one !== 'object' || typeof other !== 'object') {
    return one === other;
  }

  if (isTemporal(one) || isTemporal(other)) {
    return one.constructor === other.constructor && one.toString() === other.toString();
  }

  if (Array.isArray(one) !== Array.isArray(other)) {
    return false;
  }

  const keys = Object.keys(one);

  return keys.length === Object.keys(other).length &&
    keys.every(key => Object.hasOwn(other, key) && same(one[key], other[key]));
}

const ruleIds = hits => hits.map(({ rule }) => rule.id).join('、');

function first(hits) {
  return hits[0].output;
}

function unique(hits) {
  if (hits.length > 1) {
    throw new Failure('decisions.second_match', { rules: ruleIds(hits) });
  }

  return first(hits);
}

function any(hits) {
  if (!hits.every(({ output }) => same(output, first(hits)))) {
    throw new Failure('decisions.different_outputs', { rules: ruleIds(hits) });
  }

  return first(hits);
}

/** Return the rank of one value in its column's list; a cell that says nothing comes last. */
function rank(value, list, column, rule) {
  if (!list) {
    return 0;
  }

  const index = value === null ? list.length : list.findIndex(entry => same(entry, value));

  if (index < 0) {
    throw new Failure('decisions.no_rank', { rule, column, value: JSON.stringify(plain(value)) });
  }

  return index;
}

/** Return the hits by the priority of their outputs, columns from left to right; ties keep order. */
function byPriority(model, hits, values) {
  const lists = model.outputs.map(values);
  const ranked = hits.map(hit => ({
    hit,
    ranks: hit.values.map((value, index) => rank(
      value, lists[index], model.outputs[index].name, hit.rule.id
    ))
  }));

  ranked.sort((one, other) => {
    const index = one.ranks.findIndex((each, place) => each !== other.ranks[place]);

    return index < 0 ? 0 : one.ranks[index] - other.ranks[index];
  });

  return ranked.map(({ hit }) => hit);
}

function numbers(model, hits) {
  return hits.map(({ rule, output }) => {
    if (typeof output !== 'number') {
      throw new Failure('decisions.wrong_type', {
        rule: rule.id, column: model.outputs[0].name, expression: rule.outputs[0],
        type: 'number', value: JSON.stringify(plain(output))
      });
    }

    return output;
  });
}

function sum(values) {
  const total = values.reduce((one, other) => one + other, 0);

  if (Math.abs(total) > Number.MAX_SAFE_INTEGER) {
    throw new Failure('feel.number_too_long', { value: String(total) });
  }

  return total;
}

const AGGREGATIONS = {
  SUM: (model, hits) => sum(numbers(model, hits)),
  MIN: (model, hits) => numbers(model, hits).reduce((one, other) => Math.min(one, other)),
  MAX: (model, hits) => numbers(model, hits).reduce((one, other) => Math.max(one, other)),
  COUNT: (model, hits) => hits.length
};

const SINGLE = { UNIQUE: unique, ANY: any, FIRST: first, PRIORITY: first };

/** Return the hits in the order of the answer. */
export function ordered(model, hits, values) {
  return model.hit === 'PRIORITY' || model.hit === 'OUTPUT ORDER'
    ? byPriority(model, hits, values)
    : hits;
}

/** Return what a table answers for its hits, of which there is at least one. */
export function answer(model, hits) {
  if (model.aggregation) {
    return AGGREGATIONS[model.aggregation](model, hits);
  }

  return LISTS.has(model.hit) ? hits.map(({ output }) => output) : SINGLE[model.hit](hits);
}

/** Return what a table answers when no rule matches and no default is declared. */
export function nothing(model) {
  if (model.aggregation) {
    return model.aggregation === 'COUNT' ? 0 : null;
  }

  return LISTS.has(model.hit) ? [] : null;
}
