// The FEEL bundle: what the host may call, each with one JSON text in and one out.

import { functionNames } from 'feelin';

import { analyse } from './analysis.js';
import { Recent, cached, expression, signatureOf, unaryTests } from './cache.js';
import { decide } from './decision.js';
import { Failure, describe } from './failure.js';
import { plain, revive, tagWith } from './values.js';

const DECISIONS = 1000;

const decisions = new Recent(DECISIONS);

function result({ value, comparisons }) {
  if (comparisons.ordered) {
    const [ given, wanted ] = comparisons.ordered;

    throw new Failure('feel.not_comparable', { given, wanted });
  }

  return plain(value);
}

/** Run `perform` for every entry; the first failure ends the batch and names its index. */
function batch(entries, perform) {
  const values = [];

  for (const entry of entries) {
    try {
      values.push(perform(entry));
    } catch (error) {
      return { failure: { ...describe(error), index: values.length } };
    }
  }

  return { values };
}

const FUNCTIONS = {
  evaluate({ expressions, context }) {
    const values = revive(context);
    const signature = signatureOf(values);

    return batch(expressions, text => result(expression(text, values, signature)(values)));
  },

  unaryTest({ tests, value, context }) {
    const values = revive({ ...context, '?': value });
    const signature = signatureOf(values);

    return batch([ tests ], text => result(unaryTests(text, values, signature)(values)));
  },

  analyse: ({ entries }) => batch(entries, analyse),

  decide({ key, model, context }) {
    if (!model && !decisions.entries.has(key)) {
      return { values: [ null ] };
    }

    const known = decisions.get(key, () => model);

    return batch([ known ], entry => decide(entry, revive(context)).map(taken => ({
      ...taken, output: plain(taken.output), inputs: plain(taken.inputs)
    })));
  },

  functions: () => ({ values: functionNames }),

  cached: () => ({ values: cached() })
};

export { tagWith };

/** Answer one request of the host. */
export function call(name, request) {
  let answer;

  try {
    answer = FUNCTIONS[name](JSON.parse(request));
  } catch (error) {
    answer = { failure: { ...describe(error), index: 0 } };
  }

  return JSON.stringify(answer);
}
