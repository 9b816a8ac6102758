import type { Visit } from './visit.ts'

const plain = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
/** Base64 decodes in groups of four characters to three bytes. */
const group = 4

/** Standard base64 with padding, as Go writes it. Line breaks are allowed and dropped. */
export function canonicalBase64(text: string, visit: Visit): string {
  const joined = /[\r\n]/.test(text) ? text.replace(/[\r\n]/g, '') : text
  if (!plain.test(joined)) {
    visit.save(`illegal base64 data at input byte ${corruptAt(text)}`)
    return ''
  }
  // Unused bits before the padding are dropped, so only a padded text can change.
  return joined.endsWith('=') ? Buffer.from(joined, 'base64').toString('base64') : joined
}

/** Where Go's decoder stops: at the first foreign character or misplaced padding; as many bytes before the end as a last group has that is cut short. */
function corruptAt(text: string): number {
  let quantum = 0
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!
    if (char === '\r' || char === '\n') continue
    if (char === '=') return corruptPadding(text, i, quantum)
    if (!/[A-Za-z0-9+/]/.test(char)) return i
    quantum = (quantum + 1) % group
  }
  return text.length - quantum
}

function corruptPadding(text: string, at: number, quantum: number): number {
  if (quantum < 2) return at
  const rest = (from: number) => {
    let i = from
    while (text[i] === '\r' || text[i] === '\n') i++
    return i
  }
  let next = rest(at + 1)
  if (quantum === 2) {
    if (next >= text.length) return text.length
    if (text[next] !== '=') return next - 1
    next = rest(next + 1)
  }
  return next
}
