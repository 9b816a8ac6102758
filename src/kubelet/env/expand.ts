/**
 * Replaces `$(NAME)` by its value; unknown names stay as they are and `$$` gives one `$`.
 * @see k8s.io/kubernetes third_party/forked/golang/expansion (same rules)
 */
export function expand(input: string, lookup: (name: string) => string | undefined): string {
  let out = ''
  for (let at = 0; at < input.length; at++) {
    const char = input[at]!
    const next = input[at + 1]
    if (char !== '$' || next === undefined) {
      out += char
    } else if (next === '$') {
      out += '$'
      at++
    } else if (next === '(') {
      const end = input.indexOf(')', at + 2)
      if (end < 0) {
        out += '$('
        at++
        continue
      }
      const name = input.slice(at + 2, end)
      out += lookup(name) ?? `$(${name})`
      at = end
    } else {
      out += char + next
      at++
    }
  }
  return out
}
