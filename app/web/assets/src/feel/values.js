// Values on their way into the isolate and out of it: JSON, with dates tagged inwards.

import {
  FeelDate, FeelDateTime, FeelDuration, FeelTime, duration, isRange, parseDate, parseDateTime,
  parseTime
} from 'feelin';

import { Failure } from './failure.js';

const READERS = {
  'date': parseDate,
  'time': parseTime,
  'date and time': parseDateTime,
  'duration': duration
};

const TEMPORAL = [ FeelDate, FeelDateTime, FeelTime, FeelDuration ];

let tag = '@feel';

/** Choose the key that marks a tagged value; the host draws it so that no data can contain it. */
export function tagWith(key) {
  tag = key;
}

/** Turn tagged values into FEEL values, in place; a number that lost digits is refused. */
export function revive(value) {
  if (typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER) {
    throw new Failure('feel.number_too_long', { value: String(value) });
  }

  if (value === null || typeof value !== 'object') {
    return value;
  }

  if (Object.hasOwn(value, tag)) {
    return READERS[value[tag]](value.text);
  }

  for (const key of Object.keys(value)) {
    value[key] = revive(value[key]);
  }

  return value;
}

export function isTemporal(value) {
  return TEMPORAL.some(type => value instanceof type);
}

/** Return what JSON can carry: temporal values and ranges as text, functions as null. */
export function plain(value) {
  if (value === null || value === undefined || typeof value === 'function') {
    return null;
  }

  if (typeof value !== 'object') {
    return value;
  }

  if (Array.isArray(value)) {
    return value.map(plain);
  }

  if (isTemporal(value) || isRange(value)) {
    return value.toString();
  }

  if (Object.getPrototypeOf(value) !== Object.prototype) {
    return null;
  }

  return Object.fromEntries(Object.entries(value).map(([ key, entry ]) => [ key, plain(entry) ]));
}
