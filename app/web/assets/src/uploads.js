// Sends chosen files in pieces as soon as they are chosen, and goes on where a connection broke.
//
// A form says with `data-uploads` where its files are announced. A file that has arrived stands in
// its field as kept, just as the server shows it; without scripts files go with the form.

const PIECE = 256 * 1024;
const WAITS = [ 1000, 2000, 4000, 8000, 15000 ];

const underWay = new WeakMap();

function csrf() {
  return { 'X-CSRFToken': document.querySelector('meta[name="csrf-token"]')?.content ?? '' };
}

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  Object.entries(attributes).forEach(([ key, value ]) => made.setAttribute(key, value));
  made.append(...children);

  return made;
}

function sizeText(bytes) {
  const mega = 1024 * 1024;

  return bytes >= mega ? `${(bytes / mega).toFixed(1)}MB` : `${Math.ceil(bytes / 1024)}KB`;
}

/** Resolve after a while, or as soon as the connection is back. */
function pause(milliseconds) {
  return new Promise(resolve => {
    const timer = setTimeout(resolve, milliseconds);
    window.addEventListener('online', () => {
      clearTimeout(timer);
      resolve();
    }, { once: true });
  });
}

class Refused extends Error {}

class Transfer {
  constructor(form, field, input, file) {
    Object.assign(this, { form, field, file, address: '', offset: 0, cancelled: false });
    this.name = field.dataset.fileField;
    this.single = !input.multiple;
    this.bar = element('progress', { max: file.size, value: 0, 'aria-label': `上传${file.name}` });
    this.words = element('span', { role: 'status', class: 'upload-words' }, '正在上传');
    this.button = element('button', { type: 'button', class: 'btn btn-sm' }, '取消上传');
    this.button.addEventListener('click', () => this.cancel());
    this.row = element(
      'div', { class: 'upload-row' },
      element('span', { class: 'file-name' }, file.name), this.bar, this.words, this.button
    );
    input.before(this.row);
  }

  say(text) {
    if (this.words.textContent !== text) {
      this.words.textContent = text;
    }
  }

  /** Return whether the file has arrived. */
  async run() {
    for (let failures = 0; !this.cancelled;) {
      try {
        const before = this.offset;
        const file = await this.proceed();

        if (file) {
          this.keep(file);

          return true;
        }

        failures = this.offset > before ? 0 : failures;
      } catch (error) {
        if (error instanceof Refused) {
          this.refuse(error.message);

          return false;
        }

        this.say('连接中断，已传的部分不会丢失，恢复后自动继续');
        await pause(WAITS[Math.min(failures, WAITS.length - 1)]);
        failures += 1;
        await this.ask().catch(() => {});
      }
    }

    return false;
  }

  async announce() {
    const body = new FormData();
    body.append('field', this.name);
    body.append('name', this.file.name);
    body.append('size', this.file.size);
    body.append('stamp', this.file.lastModified);
    const answer = await this.send('POST', this.form.dataset.uploads, body);
    const { address, offset } = await answer.json();
    Object.assign(this, { address, offset });
  }

  /** Send what is next; returns the file once it is whole. */
  async proceed() {
    if (!this.address) {
      await this.announce();
    }

    const piece = this.file.slice(this.offset, this.offset + PIECE);
    const answer = await this.send('PATCH', this.address, piece, {
      'Content-Type': 'application/offset+octet-stream', 'Upload-Offset': this.offset
    });

    if (answer.status === 200) {
      return answer.json();
    }

    this.offset = Number(answer.headers.get('Upload-Offset'));
    this.bar.value = this.offset;
    this.say(`已上传${Math.floor(this.offset / this.file.size * 100)}%`);

    return null;
  }

  /** Learn from the server how much it has. */
  async ask() {
    if (this.address) {
      const answer = await this.send('HEAD', this.address);
      this.offset = Number(answer.headers.get('Upload-Offset'));
    }
  }

  async send(method, address, body, headers = {}) {
    const answer = await fetch(address, {
      method, body, credentials: 'same-origin',
      headers: { Accept: 'application/json', ...csrf(), ...headers }
    });

    if (answer.ok) {
      return answer;
    }

    if (answer.status === 401) {
      throw new Refused('登录已失效，请重新登录后再选择这个文件，将从中断处继续。');
    }

    const said = await answer.json().catch(() => ({}));

    // Another offset than ours, a lock, a restart: ask and go on.
    if (answer.status >= 500 || said.code === 'attachment.wrong_offset') {
      throw new Error(`${address}: ${answer.status}`);
    }

    throw new Refused(said.messages?.join('；') || '文件没有上传成功，请重新选择。');
  }

  cancel() {
    this.cancelled = true;
    this.row.remove();

    if (this.address) {
      fetch(this.address, { method: 'DELETE', credentials: 'same-origin', headers: csrf() })
        .catch(() => {});
    }

    this.field.querySelector('input[type="file"]')?.focus();
  }

  /** Show the file as the server does after the draft is saved. */
  keep({ id, name, size, remarks }) {
    const input = this.field.querySelector('input[type="file"]');

    if (this.single) {
      this.field.querySelectorAll('.form-file').forEach(row => row.remove());
    }

    const place = `${this.name}-kept-${id}`;
    const box = element('input', {
      class: 'form-check-input', type: 'checkbox', id: place, name: this.name, value: id
    });
    box.checked = true;
    const label = element(
      'label', { class: 'form-check-label', for: place }, '保留：',
      element('span', { class: 'file-name' }, name), ' ',
      element('span', { class: 'text-secondary' }, sizeText(size)),
      ...remarks.flatMap(text => [ ' ', element('span', { class: 'badge bg-yellow-lt' }, text) ])
    );

    if (![ ...this.field.querySelectorAll('.form-file input') ].some(({ value }) => value === id)) {
      input.before(element('div', { class: 'form-check form-file' }, box, label));
    }

    this.row.remove();
    box.dispatchEvent(new Event('change', { bubbles: true }));
    this.form.dispatchEvent(new Event('uploaded', { bubbles: true }));
  }

  refuse(text) {
    this.bar.remove();
    this.button.textContent = '移除';
    this.words.removeAttribute('role');
    this.words.className = 'invalid-feedback d-block';
    this.words.setAttribute('role', 'alert');
    this.say(text);
  }
}

function start(form, input) {
  const field = input.closest('[data-file-field]');
  const files = [ ...input.files ];
  // What goes in pieces does not go with the form as well.
  input.value = '';

  for (const file of files) {
    const transfer = new Transfer(form, field, input, file);
    const waiting = underWay.get(form) ?? new Set();
    underWay.set(form, waiting);
    const running = transfer.run().finally(() => waiting.delete(running));
    waiting.add(running);
  }
}

document.addEventListener('change', event => {
  const { target } = event;
  const form = target.form;

  if (target.type === 'file' && form?.dataset.uploads && target.files.length) {
    start(form, target);
  }
});

// A form is sent when its files have arrived; one that was refused stops it.
document.addEventListener('submit', event => {
  const { target: form, submitter } = event;
  const waiting = underWay.get(form);

  if (waiting?.size) {
    event.preventDefault();
    event.stopImmediatePropagation();
    Promise.all(waiting).then(arrived => {
      if (arrived.every(Boolean)) {
        form.requestSubmit(submitter);
      } else {
        form.querySelector('.upload-row .btn')?.focus();
      }
    });
  }
}, true);
