/** Arrow keys, Home and End go from row to row of a table whose rows can be focused. */
export function rowKeys(event: KeyboardEvent): void {
  const row = (event.target as HTMLElement).closest("tr");
  if (row === null || event.target !== row) return;
  const body = row.parentElement;
  const to =
    event.key === "ArrowDown"
      ? row.nextElementSibling
      : event.key === "ArrowUp"
        ? row.previousElementSibling
        : event.key === "Home"
          ? body?.firstElementChild
          : event.key === "End"
            ? body?.lastElementChild
            : null;
  if (!(to instanceof HTMLElement)) return;
  event.preventDefault();
  to.focus();
}
