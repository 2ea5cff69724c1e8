// A list whose rows change places while one of them is dragged. All in CSS pixels, from the list's top.

/** Where a row stood before. */
export interface Row {
  top: number;
  height: number;
}

/** The place that a row takes when it was dragged so far: behind all whose middle its own middle has passed. */
export function rowAt(rows: readonly Row[], from: number, by: number): number {
  const own = rows[from];
  if (!own) return from;
  const edge = { up: own.top + by, down: own.top + own.height + by };
  const middle = (row: Row) => row.top + row.height / 2;
  let to = from;
  while (rows[to - 1] && edge.up < middle(rows[to - 1] as Row)) to--;
  while (rows[to + 1] && edge.down > middle(rows[to + 1] as Row)) to++;
  return to;
}

/** How far the row at a place stands from where it was, while the one of `from` is dragged by so much to `to`. */
export function shiftOf(rows: readonly Row[], from: number, to: number, at: number, by: number): number {
  const [first, last, own] = [rows[0], rows.at(-1), rows[from]];
  if (!first || !last || !own) return 0;
  if (at === from) {
    // It stays within the list.
    const end = last.top + last.height - own.height;
    return Math.max(first.top, Math.min(own.top + by, end)) - own.top;
  }
  const next = rows[from + 1];
  const before = rows[from - 1];
  const gap = next ? next.top - own.top - own.height : before ? own.top - before.top - before.height : 0;
  if (at > from && at <= to) return -(own.height + gap);
  return at < from && at >= to ? own.height + gap : 0;
}
