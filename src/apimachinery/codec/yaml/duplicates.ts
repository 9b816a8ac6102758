import { EVENT_ID, type Event, getScalarValue } from 'js-yaml'

interface Frame {
  /** Keys seen; undefined for lists and documents. */
  readonly keys: Set<string> | undefined
  /** The next node is a key. */
  atKey: boolean
}

/** Keys that a mapping has twice, as go-yaml words it. @param events of the text */
export function duplicateKeys(text: string, events: readonly Event[]): string[] {
  const found: string[] = []
  const frames: Frame[] = []
  const lineOf = newLineCounter(text)
  for (const event of events) {
    const frame = frames.at(-1)
    if (event.type === EVENT_ID.POP) {
      frames.pop()
      continue
    }
    const isKey = frame?.keys !== undefined && frame.atKey
    if (frame?.keys) frame.atKey = !frame.atKey
    if (isKey && event.type === EVENT_ID.SCALAR) {
      const key = getScalarValue(text, event)
      if (key !== '<<' && frame.keys.has(key)) found.push(`line ${lineOf(event.valueStart)}: key ${JSON.stringify(key)} already set in map`)
      frame.keys.add(key)
    }
    if (event.type === EVENT_ID.MAPPING) frames.push({ keys: new Set(), atKey: true })
    else if (event.type === EVENT_ID.SEQUENCE || event.type === EVENT_ID.DOCUMENT) frames.push({ keys: undefined, atKey: false })
  }
  return found
}

/** Line numbers from 1; positions must come in ascending order. */
function newLineCounter(text: string): (position: number) => number {
  let line = 1
  let at = 0
  return (position) => {
    for (let next = text.indexOf('\n', at); next >= 0 && next < position; next = text.indexOf('\n', at)) {
      line++
      at = next + 1
    }
    return line
  }
}
