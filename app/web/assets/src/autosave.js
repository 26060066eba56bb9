// Saves a form's draft while a person fills it in, with the same request as its button `_draft`.
//
// Nothing happens before the first change, and the button stays what it was: without scripts, or
// when the server does not take a draft here, nothing is lost but the comfort. Files are sent once;
// afterwards the field shows them as kept.

const QUIET = 4000;
const AGAIN = 20000;
const CONFLICTS = [ 403, 404, 409 ];
const SIGNED_OUT = '登录已失效：填写的内容已保留，重新登录后回到本页即可继续';

const time = new Intl.DateTimeFormat('zh-CN', {
  hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: 'Asia/Shanghai'
});

const drafts = new WeakMap();

class Draft {
  constructor(form, button) {
    this.form = form;
    this.button = button;
    this.timer = 0;
    this.saving = null;
    this.changes = 0;
    this.saved = 0;
    this.stopped = false;
    this.words = document.createElement('p');
    this.words.className = 'form-hint autosave';
    this.words.setAttribute('role', 'status');
    button.after(this.words);
  }

  changed() {
    this.changes += 1;
    this.wait(QUIET);
  }

  wait(delay) {
    clearTimeout(this.timer);

    if (!this.stopped) {
      this.timer = setTimeout(() => this.save(), delay);
    }
  }

  /** Save now, after what is being saved; never two at a time. */
  async save() {
    clearTimeout(this.timer);
    await this.saving;

    if (!this.stopped && this.changes > this.saved) {
      this.saving = this.post();
      await this.saving;
      this.saving = null;
    }
  }

  async post() {
    const upTo = this.changes;
    const files = chosenFiles(this.form);
    const body = new FormData(this.form);
    body.append(this.button.name, this.button.value);

    try {
      const response = await fetch(this.form.action, {
        method: 'POST', body, credentials: 'same-origin', headers: csrf()
      });
      const page = new DOMParser().parseFromString(await response.text(), 'text/html');
      const answer = page.getElementById(this.form.id);

      if (response.status === 401) {
        this.stopped = true;
        this.say(SIGNED_OUT);
      } else if (CONFLICTS.includes(response.status) || !answer) {
        this.stop();
      } else if (response.ok || response.status === 422) {
        this.saved = upTo;
        this.say(`已保存 ${time.format(new Date())}`);
        takeOver(this.form, answer, files);
      } else {
        this.failed();
      }
    } catch {
      this.failed();
    }
  }

  failed() {
    this.say('没有自动保存，填写的内容仍在本页，稍后再试');
    this.wait(AGAIN);
  }

  stop() {
    this.stopped = true;
    this.say(this.saved ? '已停止自动保存' : '');
  }

  say(text) {
    if (this.words.textContent !== text) {
      this.words.textContent = text;
    }
  }
}

function csrf() {
  const token = document.querySelector('meta[name="csrf-token"]')?.content;

  return token ? { 'X-CSRFToken': token } : {};
}

/** Return the inputs that hold files just now, with those files. */
function chosenFiles(form) {
  return [ ...form.querySelectorAll('input[type="file"]') ]
    .filter(input => input.files.length)
    .map(input => ({ input, files: [ ...input.files ] }));
}

function unchanged({ input, files }) {
  return input.isConnected && input.files.length === files.length
    && files.every((file, at) => input.files[at] === file);
}

/** Show the files that were sent as the server shows them: kept, or refused with the reason. */
function takeOver(form, answer, sent) {
  for (const one of sent.filter(unchanged)) {
    const field = one.input.closest('[data-file-field]');
    const name = field && CSS.escape(field.dataset.fileField);
    const shown = name && answer.querySelector(`[data-file-field="${name}"]`);

    if (shown) {
      const hadFocus = field.contains(document.activeElement);
      const fresh = document.importNode(shown, true);
      field.replaceWith(fresh);

      if (hadFocus) {
        fresh.querySelector('input[type="file"]')?.focus();
      }
    }
  }
}

function draftOf(form) {
  const button = form?.querySelector?.('button[name="_draft"]');

  if (!button || !form.id) {
    return null;
  }

  if (!drafts.has(form)) {
    drafts.set(form, new Draft(form, button));
  }

  return drafts.get(form);
}

for (const kind of [ 'input', 'change' ]) {
  document.addEventListener(kind, event => draftOf(event.target.form)?.changed());
}

// A file that has arrived is in the draft at once: whoever leaves now finds it again.
document.addEventListener('uploaded', event => draftOf(event.target)?.save());

document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'hidden') {
    document.querySelectorAll('form').forEach(form => drafts.get(form)?.save());
  }
});

// A person's own submission comes after the draft that is under way, never beside it.
document.addEventListener('submit', event => {
  const draft = drafts.get(event.target);

  if (!draft) {
    return;
  }

  clearTimeout(draft.timer);
  draft.changes = draft.saved;

  if (draft.saving && !event.target.hasAttribute('data-sent')) {
    const { target, submitter } = event;
    event.preventDefault();
    draft.saving.then(() => {
      draft.saving = null;
      draft.stopped = true;
      target.requestSubmit(submitter);
    });
  }
}, true);

window.addEventListener('pageshow', event => {
  if (event.persisted) {
    document.querySelectorAll('form').forEach(form => {
      const draft = drafts.get(form);

      if (draft) {
        draft.stopped = false;
      }
    });
  }
});
