// grpc.health.v1.Health/Check. The two messages are small enough to write by hand: a string in field 1, an enum in field 1.

import { Client, credentials, Metadata, status as codes } from '@grpc/grpc-js'
import { systemClock } from '../../util/clock.ts'
import { failed, passed, type ProbeOutcome } from './probe-result.ts'

const servingStatus = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN']

export interface GrpcTarget {
  readonly host: string
  readonly port: number
  readonly service: string
  readonly timeoutMs: number
  readonly version: string
}

export function grpcHealth({ host, port, service, timeoutMs, version }: GrpcTarget): Promise<ProbeOutcome> {
  const authority = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
  const client = new Client(authority, credentials.createInsecure(), { 'grpc.primary_user_agent': `kube-probe/${version}`, 'grpc.enable_http_proxy': 0 })
  const { promise, resolve } = Promise.withResolvers<ProbeOutcome>()
  client.makeUnaryRequest(
    '/grpc.health.v1.Health/Check',
    encodeRequest,
    decodeStatus,
    service,
    new Metadata(),
    { deadline: systemClock.now() + timeoutMs },
    (error, status) => {
      client.close()
      if (!error)
        return resolve(status === 1 ? passed(`service healthy`) : failed(`service unhealthy (responded with ${JSON.stringify(servingStatus[status ?? 0])})`))
      if (error.code === codes.UNIMPLEMENTED)
        return resolve(failed(`error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ${error.details}`))
      if (error.code === codes.DEADLINE_EXCEEDED || error.code === codes.UNAVAILABLE)
        return resolve(failed(`timeout: failed to connect service "${authority}" within ${timeoutMs / 1000}s: ${error.details}`))
      return resolve(failed(`error: health rpc probe failed: ${error.details}`))
    },
  )
  return promise
}

function encodeRequest(service: string): Buffer {
  const text = Buffer.from(service)
  if (text.length === 0) return Buffer.alloc(0)
  const length = text.length < 128 ? [text.length] : [(text.length & 0x7f) | 0x80, text.length >> 7]
  return Buffer.concat([Buffer.from([0x0a, ...length]), text])
}

const decodeStatus = (message: Buffer): number => (message[0] === 0x08 ? (message[1] ?? 0) : 0)
