import { hash } from 'node:crypto'

let lastToken = ''
let lastDigest = ''

/**
 * What tokens are looked up by. Looking a digest up reveals nothing: whoever could choose digests would have to invert the hash. Several
 * authenticators look at one token, one after the other: the last digest is remembered.
 */
export function tokenDigest(token: string): string {
  if (token !== lastToken) {
    lastDigest = hash('sha256', token, 'base64')
    lastToken = token
  }
  return lastDigest
}
