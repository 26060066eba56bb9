// Which names an expression reads and which functions it calls, told from feelin's parse tree.

import { SyntaxError as FeelSyntaxError, parseExpression, parseUnaryTests } from 'feelin';

const SKIPPED = new Set([ 'Type', 'QualifiedName', 'Key', 'Name', 'ParameterName', 'PathName' ]);
const CLOCK = new Set([ 'now', 'today' ]);

function childrenOf(node) {
  const children = [];

  for (let child = node.firstChild; child; child = child.nextSibling) {
    if (!child.type.isSkipped) {
      children.push(child);
    }
  }

  return children;
}

class Reader {
  constructor(text) {
    this.text = text;
    this.names = new Set();
    this.certain = new Set();
    this.functions = new Set();
    this.paths = new Set();
    this.clock = [];
    this.filters = 0;
  }

  textOf(node) {
    return this.text.slice(node.from, node.to).replace(/\s+/g, ' ').trim();
  }

  read(node, bound) {
    const special = SPECIAL[node.name];

    if (special) {
      special(this, node, bound);
    } else if (!SKIPPED.has(node.name)) {
      childrenOf(node).forEach(child => this.read(child, bound));
    }
  }

  name(name, bound, path = name) {
    if (bound.has(name)) {
      return;
    }

    this.names.add(name);
    this.paths.add(path);

    if (!this.filters) {
      this.certain.add(name);
    }
  }
}

/** Read `x in xs, y in ys`; every later expression sees the names before it. */
function iterations(reader, node, bound) {
  const scope = new Set(bound);

  for (const child of childrenOf(node)) {
    const [ name, , values ] = childrenOf(child);

    reader.read(values, scope);
    scope.add(reader.textOf(name));
  }

  return scope;
}

function loop(reader, node, bound) {
  const children = childrenOf(node);
  const scope = iterations(reader, children.find(child => child.name === 'InExpressions'), bound);

  if (node.name === 'ForExpression') {
    scope.add('partial');
  }

  reader.read(children.at(-1), scope);
}

/** Return `a.b` for a path of plain names, null for a path that starts with something else. */
function staticPath(reader, node) {
  if (node.name === 'VariableName') {
    return [ reader.textOf(node) ];
  }

  if (node.name !== 'PathExpression') {
    return null;
  }

  const [ target, , property ] = childrenOf(node);
  const start = staticPath(reader, target);

  return start && [ ...start, reader.textOf(property) ];
}

function called(reader, node, bound) {
  const [ target, ...parameters ] = childrenOf(node);
  const plain = target.name === 'VariableName' || target.name === 'SpecialFunctionName';
  const name = reader.textOf(target);

  if (plain && !bound.has(name)) {
    reader.functions.add(name);

    if (CLOCK.has(name)) {
      reader.name(name, bound);
      reader.clock.push({ name, from: target.to, to: node.to });
    }
  } else if (!plain) {
    reader.read(target, bound);
  }

  parameters.forEach(parameter => reader.read(parameter, bound));
}

const SPECIAL = {
  VariableName: (reader, node, bound) => reader.name(reader.textOf(node), bound),

  PathExpression(reader, node, bound) {
    const path = staticPath(reader, node);

    if (path) {
      reader.name(path[0], bound, path.join('.'));
    } else {
      reader.read(childrenOf(node)[0], bound);
    }
  },

  FunctionInvocation: called,

  DateTimeConstructor: (reader, node) => reader.functions.add(reader.textOf(node)),

  ForExpression: loop,

  QuantifiedExpression: loop,

  FunctionDefinition(reader, node, bound) {
    const children = childrenOf(node);
    const parameters = children.find(child => child.name === 'FormalParameters');
    const scope = new Set(bound);

    for (const parameter of parameters ? childrenOf(parameters) : []) {
      scope.add(reader.textOf(childrenOf(parameter)[0]));
    }

    reader.read(children.at(-1), scope);
  },

  Context(reader, node, bound) {
    const scope = new Set(bound);

    for (const entry of childrenOf(node).filter(child => child.name === 'ContextEntry')) {
      const [ key, value ] = childrenOf(entry);

      reader.read(value, scope);
      scope.add(reader.textOf(key).replace(/^"|"$/g, ''));
    }
  },

  // Inside a filter a name may be a property of the elements or a name from outside; only the
  // data can tell. It counts as read, but not as certainly needed.
  FilterExpression(reader, node, bound) {
    const [ target, , condition ] = childrenOf(node);

    reader.read(target, bound);
    reader.filters += 1;
    reader.read(condition, new Set([ ...bound, 'item' ]));
    reader.filters -= 1;
  },

  NamedParameter: (reader, node, bound) => reader.read(childrenOf(node)[1], bound)
};

function firstError(tree, text) {
  let found = null;

  tree.iterate({
    enter({ type, from, to }) {
      if (type.isError && found === null) {
        found = new FeelSyntaxError('unexpected text', {
          input: text.slice(from, Math.max(to, from + 1)), position: { from, to }
        });
      }
    }
  });

  return found;
}

function readerOf(text, unary, context) {
  const tree = (unary ? parseUnaryTests : parseExpression)(text, context, undefined);
  const error = firstError(tree, text);

  if (error) {
    throw error;
  }

  const reader = new Reader(text);
  reader.read(tree.topNode, new Set());

  return reader;
}

/** Return names, functions and paths of an expression; `known` are names with spaces or signs. */
export function analyse({ text, unary = false, known = [] }) {
  const reader = readerOf(text, unary, Object.fromEntries(known.map(name => [ name, null ])));

  return {
    names: [ ...reader.names ],
    certain: [ ...reader.certain ],
    functions: [ ...reader.functions ],
    paths: [ ...reader.paths ]
  };
}

/**
 * Return the text with `now()` and `today()` as plain names, at unchanged positions, and which of
 * the two it needs: both are values of the context here, never the machine's clock.
 */
export function readClock(text, unary, context) {
  if (!/\b(now|today)\s*\(/.test(text)) {
    return { text, needs: [] };
  }

  const { clock } = readerOf(text, unary, context);
  let result = text;

  for (const { from, to } of clock) {
    result = result.slice(0, from) + ' '.repeat(to - from) + result.slice(to);
  }

  return { text: result, needs: [ ...new Set(clock.map(call => call.name)) ] };
}
