/** Causes followed; a chain that is longer, or that bites its tail, is cut. */
const causesMax = 8

/** `could not bind: connection refused`: the message and those of its causes, each said once. */
export function errorText(error: unknown): string {
  const parts: string[] = []
  for (const each of chain(error)) {
    const text = each instanceof AggregateError ? [each.message, ...each.errors.map(errorText)].filter(Boolean).join('; ') : messageOf(each)
    if (text && !parts.some((part) => part.includes(text))) parts.push(text)
  }
  return parts.join(': ')
}

/** The stacks of an error and its causes; undefined when there are none. */
export function stackText(error: unknown): string | undefined {
  const stacks = [...chain(error)].flatMap((each) => (each instanceof Error && each.stack ? [each.stack] : []))
  return stacks.length ? stacks.join('\ncaused by: ') : undefined
}

function* chain(error: unknown): Generator {
  for (let each = error, depth = 0; each !== undefined && depth < causesMax; depth++) {
    yield each
    each = each instanceof Error ? each.cause : undefined
  }
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.message || error.name
}
