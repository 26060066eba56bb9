// Appended to feelin's own module when it is bundled, because feelin exports no compiler.
//
// Everything here uses names of that module: `interpreter`, `InterpreterContext`, `builtins`, `fn`,
// `compareValue`, `getType`, `isRange`, `FeelRange`. The build fails when one of them is gone.

// The machine's clock is not legal time: `now` and `today` are values of the context or nothing.
delete builtins['now'];
delete builtins['today'];

builtins['role'] = fn(function(code, organisation) {
  return `${code}@${organisation}`;
}, [ 'string', 'string' ], [ 'code', 'organisation' ]);

/** The names of all functions that an expression may call. */
export const functionNames = [ ...Object.keys(builtins).filter(name => name !== '@'), 'now', 'today' ];

// feelin answers `false` when it compares values of different types. Counting what was compared
// with what lets the caller tell that from a true "no".
const INCOMPARABLE = new Set([ 'nil', 'list', 'range', 'function' ]);

let comparisons = newComparisons();

function newComparisons() {
  return { alike: 0, unlike: [], ordered: null };
}

function note(test, value) {
  const range = isRange(test);
  const wanted = getType(range ? test.start ?? test.end : test);
  const given = getType(value);

  if (typeof test === 'function' || INCOMPARABLE.has(wanted) || INCOMPARABLE.has(given)) {
    return;
  }

  if (wanted === given) {
    comparisons.alike += 1;
    return;
  }

  comparisons.unlike.push([ given, wanted ]);

  if (range) {
    comparisons.ordered ??= [ given, wanted ];
  }
}

const plainCompareValue = compareValue;

compareValue = (test, value) => {
  if (!isRange(test)) {
    note(test, value);
  }

  return plainCompareValue(test, value);
};

const plainIncludes = FeelRange.prototype.includes;

FeelRange.prototype.includes = function(value) {
  note(this, value);

  return plainIncludes.call(this, value);
};

function run(log, values, evaluateRoot) {
  log.warnings = [];
  comparisons = newComparisons();

  const value = evaluateRoot(values);

  return { value: value === undefined ? null : value, warnings: log.warnings, comparisons };
}

/** Parse an expression once; `context` tells which names with spaces and signs exist. */
export function compile(expression, context = {}) {
  const log = new InterpreterContext();
  const { root } = interpreter.evaluate(expression, context, undefined, log);

  return values => run(log, values, root);
}

/** Parse unary tests once; the closure tests `?` of the values it is given. */
export function compileUnary(expression, context = {}) {
  const log = new InterpreterContext();
  const { root } = interpreter.unaryTest(expression, context, undefined, log);

  return values => run(log, values, given => root(given)(given['?'] ?? null));
}
