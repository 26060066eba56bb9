// Decision tables and literal decisions, evaluated whole inside the isolate.

import { expression, signatureOf, unaryTests } from './cache.js';
import { Failure, describe } from './failure.js';
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

function inputValues(model, evaluation) {
  return model.inputs.map(input => {
    const fields = { rule: '', column: input.label };
    const value = conform(evaluation.value(input.text, fields), input.type, {
      ...fields, expression: input.text
    });
    const allowed = [ input.values, input.type.allowed ].filter(Boolean);

    if (value !== null && !allowed.every(tests => evaluation.matches(tests, value, fields))) {
      throw new Failure('decisions.not_allowed', {
        ...fields, expression: input.text, value: JSON.stringify(plain(value)), allowed: allowed.join('; ')
      });
    }

    return value;
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

  if (model.hit === 'UNIQUE' && found.length > 1) {
    throw new Failure('decisions.second_match', { rules: found.map(rule => rule.id).join('、') });
  }

  return found;
}

function cell(model, index, text, evaluation, rule) {
  const output = model.outputs[index];
  const fields = { rule, column: output.name };

  if (ANYTHING.has(text)) {
    return null;
  }

  const value = conform(evaluation.value(text, fields), output.type, { ...fields, expression: text });
  const allowed = [ output.values, output.type.allowed ].filter(Boolean);

  if (value !== null && !allowed.every(tests => evaluation.matches(tests, value, fields))) {
    throw new Failure('decisions.not_allowed', {
      ...fields, expression: text, value: JSON.stringify(plain(value)), allowed: allowed.join('; ')
    });
  }

  return value;
}

function row(model, texts, evaluation, rule) {
  const values = texts.map((text, index) => cell(model, index, text, evaluation, rule));

  if (values.length === 1) {
    return values[0];
  }

  return Object.fromEntries(values.map((value, index) => [ model.outputs[index].name, value ]));
}

function unmatched(model, evaluation) {
  const defaults = model.outputs.map(output => output.otherwise);

  if (defaults.some(text => !ANYTHING.has(text))) {
    return row(model, defaults, evaluation, '');
  }

  return model.hit === 'COLLECT' ? [] : null;
}

function table(model, evaluation) {
  const values = inputValues(model, evaluation);
  const found = matchingRules(model, values, evaluation);
  const rows = found.map(rule => row(model, rule.outputs, evaluation, rule.id));
  const matched = model.hit === 'COLLECT' ? rows : rows[0];

  return {
    output: found.length ? matched : unmatched(model, evaluation),
    matched: found.map(rule => rule.id),
    inputs: Object.fromEntries(model.inputs.map((input, index) => [ input.text, values[index] ]))
  };
}

function literal(model, evaluation) {
  const fields = { rule: '', column: '' };

  return {
    output: conform(evaluation.value(model.text, fields), model.type, { ...fields, expression: model.text }),
    matched: [],
    inputs: {}
  };
}

/** Evaluate a decision and, before it, the decisions that it requires. */
export function decide(model, given) {
  const context = { ...given };

  for (const [ name, type ] of Object.entries(model.variables)) {
    const fields = { rule: '', column: name, expression: name };

    context[name] = conform(context[name], type, fields);
  }

  for (const required of model.requires) {
    context[required.name] = decide(required, given).output;
  }

  const evaluation = new Evaluation(context);

  try {
    return model.text === null ? table(model, evaluation) : literal(model, evaluation);
  } catch (error) {
    const { code, fields } = describe(error);

    throw new Failure(code, { ...fields, decision: fields.decision ?? model.id });
  }
}
