// Declared types of decisions: checking a value, and reviving a date that arrived as text.

import {
  FeelDate, FeelDateTime, FeelDuration, FeelTime, duration, parseDate, parseDateTime, parseTime
} from 'feelin';

import { Failure } from './failure.js';
import { plain } from './values.js';

function temporal(type, read) {
  return value => {
    const revived = typeof value === 'string' ? read(value) : value;

    return revived instanceof type ? revived : undefined;
  };
}

function durationOf(yearsMonths) {
  const read = temporal(FeelDuration, duration);

  return value => {
    const revived = read(value);

    return revived?.yearsMonths === yearsMonths ? revived : undefined;
  };
}

// feelin reads the date of a text with a time, too; whose midnight that means, nobody said.
const DATE = /^-?\d{4,9}-\d\d-\d\d$/;

const only = test => value => test(value) ? value : undefined;

const READ = {
  'any': value => value,
  'string': only(value => typeof value === 'string'),
  'number': only(value => typeof value === 'number'),
  'integer': only(value => Number.isSafeInteger(value)),
  'boolean': only(value => typeof value === 'boolean'),
  'context': only(value => typeof value === 'object' && !Array.isArray(value)),
  'date': temporal(FeelDate, text => DATE.test(text) ? parseDate(text) : null),
  'time': temporal(FeelTime, parseTime),
  'date and time': temporal(FeelDateTime, parseDateTime),
  'days and time duration': durationOf(false),
  'years and months duration': durationOf(true)
};

/** Return the value as its declared type has it, or undefined; null belongs to every type. */
function read(value, type) {
  if (value === null || value === undefined) {
    return null;
  }

  if (type.list) {
    const values = Array.isArray(value) ? value.map(entry => read(entry, { ...type, list: false })) : [ undefined ];

    return values.includes(undefined) ? undefined : values;
  }

  return READ[type.base](value);
}

/** Return the value as its declared type has it; what does not fit is a failure. */
export function conform(value, type, fields, code = 'decisions.wrong_type') {
  const result = read(value, type);

  if (result === undefined) {
    throw new Failure(code, {
      ...fields, type: type.list ? `list<${type.base}>` : type.base, value: JSON.stringify(plain(value))
    });
  }

  return result;
}
