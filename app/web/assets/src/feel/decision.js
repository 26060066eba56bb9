// Decision tables and literal decisions: the whole graph of a file, evaluated inside the isolate.

import { expression, signatureOf, unaryTests } from './cache.js';
import { Failure, describe } from './failure.js';
import { answer, nothing, ordered } from './policies.js';
import { conform } from './types.js';
import { isTemporal, plain } from './values.js';

// These warnings mean that an expression could not be worked out, unless a missing value is why.
const FAILURES = {
  INVALID_TYPE: 'decisions.invalid_operands',
  INVALID_ARGUMENTS: 'decisions.invalid_arguments',
  NOT_COMPARABLE: 'decisions.invalid_operands',
  NO_FUNCTION_FOUND: 'decisions.no_function',
  FUNCTION_INVOCATION_FAILURE: 'decisions.invalid_arguments',
  UNSUPPORTED: 'decisions.no_function'
};

const ANYTHING = new Set([ '', '-' ]);

function excused(warning) {
  return warning.type !== 'NO_FUNCTION_FOUND' &&
    Object.values(warning.details.values).some(value => value === null || value === undefined);
}

function checked(text, fields, evaluate) {
  let result;

  try {
    result = evaluate();
  } catch (error) {
    const { code, fields: reason } = describe(error);

    throw new Failure(code, { ...reason, ...fields, expression: text });
  }

  const warning = result.warnings.find(each => each.type in FAILURES && !excused(each));

  if (warning) {
    throw new Failure(FAILURES[warning.type], { ...fields, expression: text, reason: warning.message });
  }

  if (result.comparisons.ordered) {
    incomparable(text, result.comparisons.ordered, fields);
  }

  return result;
}

function incomparable(text, [ given, wanted ], fields) {
  throw new Failure('decisions.not_comparable', { ...fields, expression: text, given, wanted });
}

class Evaluation {
  constructor(context) {
    this.context = context;
    this.signature = signatureOf(context);
  }

  value(text, fields) {
    const run = expression(text, this.context, this.signature);

    return checked(text, fields, () => run(this.context)).value;
  }

  matches(text, value, fields) {
    const context = { ...this.context, '?': value };
    const nested = value !== null && typeof value === 'object' && !isTemporal(value);
    const run = unaryTests(text, context, nested ? signatureOf(context) : this.signature);
    const result = checked(text, fields, () => run(context));

    if (result.value === true) {
      return true;
    }

    const { alike, unlike } = result.comparisons;

    if (unlike.length && !alike) {
      incomparable(text, unlike[0], fields);
    }

    this.#demandNames(text, result, fields);

    return false;
  }

  /** A cell that names something nobody provides would never match, and nobody would notice. */
  #demandNames(text, { warnings }, fields) {
    const missing = warnings.find(({ type }) => type === 'NO_VARIABLE_FOUND');

    if (missing) {
      throw new Failure('decisions.no_variable', { ...fields, expression: text, reason: missing.message });
    }
  }
}

function demandAllowed(value, tests, evaluation, fields) {
  const allowed = tests.filter(Boolean);

  if (value !== null && !allowed.every(each => evaluation.matches(each, value, fields))) {
    throw new Failure('decisions.not_allowed', {
      ...fields, value: JSON.stringify(plain(value)), allowed: allowed.join('; ')
    });
  }

  return value;
}

function inputValues(model, evaluation) {
  return model.inputs.map(input => {
    const fields = { rule: '', column: input.label, expression: input.text };
    const value = conform(evaluation.value(input.text, fields), input.type, fields);

    return demandAllowed(value, [ input.values, input.type.allowed ], evaluation, fields);
  });
}

function matchingRules(model, values, evaluation) {
  const found = [];

  for (const rule of model.rules) {
    const matches = rule.tests.every((test, index) => ANYTHING.has(test) || evaluation.matches(
      test, values[index], { rule: rule.id, column: model.inputs[index].label }
    ));

    if (matches) {
      found.push(rule);
    }

    if (matches && model.hit === 'FIRST') {
      break;
    }
  }

  return found;
}

function cell(model, index, text, evaluation, rule) {
  const output = model.outputs[index];
  const fields = { rule, column: output.name, expression: text };

  if (ANYTHING.has(text)) {
    return null;
  }

  const value = conform(evaluation.value(text, fields), output.type, fields);

  return demandAllowed(value, [ output.values, output.type.allowed ], evaluation, fields);
}

function row(model, texts, evaluation, rule) {
  return texts.map((text, index) => cell(model, index, text, evaluation, rule));
}

function outputOf(model, values) {
  return values.length === 1
    ? values[0]
    : Object.fromEntries(values.map((value, index) => [ model.outputs[index].name, value ]));
}

function unmatched(model, evaluation) {
  const defaults = model.outputs.map(output => output.otherwise);

  if (defaults.some(text => !ANYTHING.has(text))) {
    return outputOf(model, row(model, defaults, evaluation, ''));
  }

  return nothing(model);
}

/** Return the values of an output column from the most important on, or null without a list. */
function ranking(output, evaluation) {
  const values = output.values || output.type.allowed;

  return values ? evaluation.value(`[${values}]`, { rule: '', column: output.name }) : null;
}

function table(model, evaluation) {
  const values = inputValues(model, evaluation);
  const found = matchingRules(model, values, evaluation).map(rule => {
    const outputs = row(model, rule.outputs, evaluation, rule.id);

    return { rule, values: outputs, output: outputOf(model, outputs) };
  });
  const hits = ordered(model, found, output => ranking(output, evaluation));

  return {
    output: hits.length ? answer(model, hits) : unmatched(model, evaluation),
    matched: hits.map(({ rule }) => rule.id),
    inputs: Object.fromEntries(model.inputs.map((input, index) => [ input.text, values[index] ]))
  };
}

function literal(model, evaluation) {
  const fields = { rule: '', column: '', expression: model.text };

  return {
    output: conform(evaluation.value(model.text, fields), model.type, fields),
    matched: [],
    inputs: {}
  };
}

/** Return the input data that a decision declares, of their types. */
function declaredInputs(model, given) {
  const found = {};

  for (const [ name, type ] of Object.entries(model.variables)) {
    found[name] = conform(
      given[name], type, { rule: '', column: name, expression: name }, 'decisions.wrong_input'
    );
  }

  return found;
}

function demandAllowedInputs(model, evaluation) {
  for (const [ name, type ] of Object.entries(model.variables)) {
    const fields = { rule: '', column: name, expression: name };

    demandAllowed(evaluation.context[name], [ type.allowed ], evaluation, fields);
  }
}

function take(model, given, taken) {
  const context = { ...given, ...declaredInputs(model, given) };

  for (const required of model.requires) {
    const { name, output } = taken.get(required);

    context[name] = output;
  }

  const evaluation = new Evaluation(context);

  demandAllowedInputs(model, evaluation);

  return model.text === null ? table(model, evaluation) : literal(model, evaluation);
}

/** Take all decisions of a graph, the required ones first; the last is the one asked for. */
export function decide(graph, given) {
  const taken = new Map();

  for (const model of graph) {
    try {
      taken.set(model.id, { id: model.id, name: model.name, ...take(model, given, taken) });
    } catch (error) {
      const { code, fields } = describe(error);

      throw new Failure(code, { ...fields, decision: model.id });
    }
  }

  return [ ...taken.values() ];
}
