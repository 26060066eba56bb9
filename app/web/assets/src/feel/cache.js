// Compiled expressions, kept by their text and by those names of the context that change parsing.

import { compile, compileUnary } from 'feelin';

import { readClock } from './analysis.js';
import { Failure } from './failure.js';

const LIMIT = 4000;
const PLAIN = /^[\p{L}_][\p{L}\p{N}_]*$/u;

// A variable of one of these names makes the parser read a keyword as a name.
const RESERVED = new Set([
  'for', 'in', 'return', 'if', 'then', 'else', 'some', 'every', 'satisfies', 'or', 'and', 'between',
  'instance', 'of', 'days', 'time', 'duration', 'years', 'months', 'date', 'list', 'context',
  'function', 'external', 'null', 'true', 'false', 'not'
]);

/** A map that forgets what was not asked for longest. */
export class Recent {
  constructor(limit) {
    this.limit = limit;
    this.entries = new Map();
  }

  get(key, make) {
    let value = this.entries.get(key);

    if (value === undefined) {
      value = make();

      if (this.entries.size >= this.limit) {
        this.entries.delete(this.entries.keys().next().value);
      }
    } else {
      this.entries.delete(key);
    }

    this.entries.set(key, value);

    return value;
  }
}

function collect(value, path, found) {
  if (Array.isArray(value)) {
    value.forEach(entry => collect(entry, path, found));
  } else if (value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
    for (const key of Object.keys(value)) {
      const inner = `${path}\u0001${key}`;

      if (!PLAIN.test(key) || RESERVED.has(key)) {
        found.add(inner);
      }

      collect(value[key], inner, found);
    }
  }
}

/** Return what of a context changes how an expression is parsed; mostly the empty string. */
export function signatureOf(context) {
  const found = new Set();
  collect(context, '', found);

  return found.size ? [ ...found ].sort().join('\u0000') : '';
}

function prepare(text, unary, context) {
  if (!text.trim()) {
    throw new Failure('feel.empty');
  }

  const clock = readClock(text, unary, context);
  const run = (unary ? compileUnary : compile)(clock.text, context);

  if (!clock.needs.length) {
    return run;
  }

  return values => {
    for (const name of clock.needs) {
      if ((values[name] ?? null) === null) {
        throw new Failure('feel.no_clock', { name });
      }
    }

    return run(values);
  };
}

const expressions = new Recent(LIMIT);
const tests = new Recent(LIMIT);

/** Return the closure of an expression for contexts of this signature. */
export function expression(text, context, signature) {
  return expressions.get(`${signature}\u0002${text}`, () => prepare(text, false, context));
}

/** Return the closure of unary tests for contexts of this signature. */
export function unaryTests(text, context, signature) {
  return tests.get(`${signature}\u0002${text}`, () => prepare(text, true, context));
}

/** How many closures are kept. */
export function cached() {
  return { expressions: expressions.entries.size, tests: tests.entries.size, limit: LIMIT };
}
