// Follows the simple conditions of a form: `data-show-when="field=value"` or `field!=value`.
//
// The server decides what is shown and what is taken; this only spares the button 更新表单. Without
// scripts every such field stands there, and what does not apply is ignored.

const CONDITION = /^([^=!]+)(!?=)(.*)$/s;

function valueOf(form, name) {
  const controls = [ ...form.elements ].filter(control => control.name === name);
  const choices = controls.filter(({ type }) => type === 'checkbox' || type === 'radio');

  if (!choices.length) {
    return controls[0]?.value;
  }

  const chosen = choices.find(({ checked }) => checked);

  return choices[0].type === 'checkbox' ? String(Boolean(chosen)) : chosen?.value ?? '';
}

/** A hidden field counts as empty for the others, as it does on the server. */
function seen(form, name) {
  const control = [ ...form.elements ].find(one => one.name === name);

  if (control?.closest('[data-show-when][hidden]')) {
    return control.type === 'checkbox' ? 'false' : '';
  }

  return valueOf(form, name);
}

function follow(form) {
  step(form);

  // A condition may depend on a field further down that was just hidden or shown.
  step(form);
}

function step(form) {
  for (const part of form.querySelectorAll('[data-show-when]')) {
    const [ , name, operator, wanted ] = CONDITION.exec(part.dataset.showWhen) ?? [];
    const value = name && seen(form, name);

    // A field that only the server shows cannot be followed here.
    if (typeof value === 'string') {
      part.hidden = (value === wanted) !== (operator === '=');
    }
  }
}

document.addEventListener('change', event => event.target.form && follow(event.target.form));
window.addEventListener('pageshow', () => [ ...document.forms ].forEach(follow));

if (document.readyState === 'loading') {
  document.addEventListener('DOMContentLoaded', () => [ ...document.forms ].forEach(follow));
} else {
  [ ...document.forms ].forEach(follow);
}
