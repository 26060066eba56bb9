"""An operator's repairs, apart from the verbs that everybody uses: reason required, audited.

What changes the way or the data of a case otherwise than drawn needs a second person (`requests`);
the repairs themselves have a module each and are listed in `known`.
"""
