// The query of a URL as Go's net/url reads it. Source: net/url/url.go (ParseQuery, QueryUnescape); callers leave its errors alone.

/** What Go drops: a semicolon is no separator any more, and a percent sign begins an escape. */
const malformed = /;|%(?![0-9a-f]{2})/i
/** net/url's limit: a query with more pairs is read as if it were empty. */
const pairsMax = 10_000

/**
 * Pairs that are malformed are left out, others stay as they are. Bytes that are no UTF-8 are read as U+FFFD, which Go makes of them
 * when it writes them.
 * @param search without the question mark before it
 */
export function parseGoQuery(search: string): URLSearchParams {
  // Fewer characters cannot be too many pairs.
  if (search.length >= pairsMax && hasTooMany(search)) return new URLSearchParams()
  if (!malformed.test(search)) return withoutMark(search)
  const pairs = search.split('&').filter((pair) => !malformed.test(pair))
  return withoutMark(pairs.join('&'))
}

/** URLSearchParams takes a leading question mark off, which is part of the first key. */
const withoutMark = (search: string) => new URLSearchParams(search.startsWith('?') ? `&${search}` : search)

function hasTooMany(search: string): boolean {
  let pairs = 1
  for (let at = search.indexOf('&'); at >= 0; at = search.indexOf('&', at + 1)) pairs++
  return pairs > pairsMax
}
