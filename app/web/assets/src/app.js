// What every page loads: htmx without eval, Tabler's behaviour, and the house's few own lines.

import '@tabler/core/dist/js/tabler.esm.js';
import htmx from 'htmx.org/dist/htmx.esm.js';

import './uploads.js';
import './autosave.js';
import './batch.js';
import './conditions.js';

// The content security policy allows neither eval nor inline styles or scripts; pages hold
// personal data, so nothing of them is kept in the browser's storage.
Object.assign(htmx.config, {
  allowEval: false,
  allowScriptTags: false,
  includeIndicatorStyles: false,
  selfRequestsOnly: true,
  historyCacheSize: 0,
  refreshOnHistoryMiss: true,
  responseHandling: [
    { code: '204', swap: false },
    { code: '[23]..', swap: true },
    { code: '409', swap: true },
    { code: '422', swap: true },
    { code: '[45]..', swap: false, error: true }
  ]
});

window.htmx = htmx;

document.addEventListener('htmx:configRequest', event => {
  const token = document.querySelector('meta[name="csrf-token"]')?.content;

  if (token) {
    event.detail.headers['X-CSRFToken'] = token;
  }
});

// `data-auto-submit` on a select or date field sends its form when the value changes.
document.addEventListener('change', event => {
  const field = event.target.closest?.('[data-auto-submit]');

  field?.form?.requestSubmit();
});

// `data-print` on a button prints the page.
document.addEventListener('click', event => {
  if (event.target.closest?.('[data-print]')) {
    window.print();
  }
});

// A form that changes something is sent once, however often its button is pressed; the browser's
// back button frees it. `data-repeatable` exempts forms whose answer is a download.
document.addEventListener('submit', event => {
  const form = event.target;
  const changes = form.getAttribute('method')?.toLowerCase() === 'post';

  if (event.defaultPrevented || !changes || form.hasAttribute('data-repeatable')) {
    return;
  }

  if (form.hasAttribute('data-sent')) {
    event.preventDefault();
  }

  form.setAttribute('data-sent', '');
});

window.addEventListener('pageshow', () => {
  document.querySelectorAll('form[data-sent]').forEach(form => form.removeAttribute('data-sent'));
});

// After a refused form the reader, and whoever listens, starts at the summary of what is wrong.
document.addEventListener('DOMContentLoaded', () => {
  document.getElementById('error-summary')?.focus();
});
