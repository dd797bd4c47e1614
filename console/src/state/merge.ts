/**
 * What happens to a ticket's form when two people edit it: three copies (what we both began from, mine, theirs),
 * field by field. Only a field that both changed, differently, needs a person.
 */
import type { TicketForm } from "../api/types";

export type FieldName = keyof TicketForm;

export const FIELDS: readonly FieldName[] = [
  "caller_name",
  "region_code",
  "address",
  "field",
  "kind",
  "title",
  "content",
  "urgent",
  "confidential",
  "language",
];

export function emptyForm(): TicketForm {
  return {
    caller_name: "",
    region_code: "",
    address: "",
    field: "",
    kind: "",
    title: "",
    content: "",
    urgent: false,
    confidential: false,
    language: "",
  };
}

/** The form's part of a ticket; a field that the desk left null is an empty one. */
export function formOf(ticket: Partial<Record<FieldName, unknown>>): TicketForm {
  const form = emptyForm();
  for (const name of FIELDS) {
    const value = ticket[name];
    if (value !== null && value !== undefined) Object.assign(form, { [name]: value });
  }
  return form;
}

export function changes(base: TicketForm, mine: TicketForm): Partial<TicketForm> {
  return Object.fromEntries(FIELDS.filter((f) => base[f] !== mine[f]).map((f) => [f, mine[f]]));
}

export interface Merged {
  form: TicketForm;
  /** Changed by both, differently: `form` keeps mine until the seat chooses. */
  conflicts: FieldName[];
  /** Taken over from the other side without a question. */
  taken: FieldName[];
}

export function merge(base: TicketForm, mine: TicketForm, theirs: TicketForm): Merged {
  const form = { ...mine };
  const conflicts: FieldName[] = [];
  const taken: FieldName[] = [];
  for (const name of FIELDS) {
    if (theirs[name] === base[name] || theirs[name] === mine[name]) continue;
    if (mine[name] === base[name]) {
      Object.assign(form, { [name]: theirs[name] });
      taken.push(name);
    } else {
      conflicts.push(name);
    }
  }
  return { form, conflicts, taken };
}
