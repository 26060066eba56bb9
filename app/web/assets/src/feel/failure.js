// What went wrong, as a code of the message catalogue and the fields of its sentence.

export class Failure extends Error {
  constructor(code, fields = {}) {
    super(code);

    this.code = code;
    this.fields = fields;
  }
}

/** Return code and fields of anything that was thrown. */
export function describe(error) {
  if (error instanceof Failure) {
    return { code: error.code, fields: error.fields };
  }

  if (error?.position) {
    const { from } = error.position;
    const near = error.input ?? '';

    return {
      code: near.trim() ? 'feel.syntax' : 'feel.incomplete',
      fields: { position: from, near, reason: error.message }
    };
  }

  return { code: 'feel.failed', fields: { reason: String(error?.message ?? error) } };
}
