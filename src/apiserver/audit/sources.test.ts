import { expect, test } from 'vitest'
import { requestUri } from './request-uri.ts'
import { sourceIps } from './source-ips.ts'

for (const { name, forwarded, real, remote = '10.0.0.9', ips } of [
  { name: 'straight', ips: ['10.0.0.9'] },
  { name: 'an IPv4 client of a dual-stack socket', remote: '::ffff:10.0.0.9', ips: ['10.0.0.9'] },
  { name: 'through proxies, in their order', forwarded: ['1.1.1.1, 2.2.2.2'], ips: ['1.1.1.1', '2.2.2.2', '10.0.0.9'] },
  { name: 'of a repeated header the first', forwarded: ['1.1.1.1', '2.2.2.2'], ips: ['1.1.1.1', '10.0.0.9'] },
  { name: 'what is no address is left out', forwarded: ['unknown, 1.1.1.1, <script>'], ips: ['1.1.1.1', '10.0.0.9'] },
  { name: 'the last proxy is the client', forwarded: ['1.1.1.1, 10.0.0.9'], ips: ['1.1.1.1', '10.0.0.9'] },
  { name: 'X-Real-Ip', real: ['3.3.3.3'], ips: ['3.3.3.3', '10.0.0.9'] },
  { name: 'X-Real-Ip that the chain has', forwarded: ['3.3.3.3'], real: ['3.3.3.3'], ips: ['3.3.3.3', '10.0.0.9'] },
  { name: 'IPv6 in its short form', real: ['2001:DB8:0:0::1'], ips: ['2001:db8::1', '10.0.0.9'] },
  { name: 'nobody knows', remote: '', ips: [] },
]) {
  test(`source: ${name}`, () => {
    const headers = new Map([
      ['x-forwarded-for', forwarded],
      ['x-real-ip', real],
    ])
    const joined = Object.fromEntries([...headers].map(([key, values]) => [key, values?.join(', ')]))
    expect(sourceIps({ headers: joined, headerValues: (key) => headers.get(key) ?? [], remoteAddress: remote })).toEqual(ips)
  })
}

for (const [target, uri] of [
  ['/api/v1/pods?limit=5', '/api/v1/pods?limit=5'],
  ['https://user:secret@host:6443/api?x=1', '/api?x=1'],
  ['/api?access_token=secret', '/api?access_token=REDACTED'],
  ['/api?a=1&access_token=secret&b=2', '/api?a=1&access_token=REDACTED&b=2'],
  ['/api?my_access_token=1', '/api?my_access_token=1'],
] as const) {
  test(`URI: ${target}`, () => expect(requestUri(target)).toBe(uri))
}
