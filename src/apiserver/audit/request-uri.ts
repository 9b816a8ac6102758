// The requestURI of an event, without credentials that do not belong into a record of metadata.

/**
 * The path and query of a request target as sent. Deviation: upstream records the value of the query parameter `access_token`
 * (RFC 6750) as it is.
 * @param target origin form or absolute form (`https://user:password@host/path`)
 */
export function requestUri(target: string): string {
  const path = target.startsWith('/') ? target : target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '')
  return path.includes('access_token') ? path.replaceAll(/([?&]access_token=)[^&#]*/g, '$1REDACTED') : path
}
