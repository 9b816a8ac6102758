// The API server as a client of itself: admission, RBAC and post-start hooks read and write through the same handlers as
// everybody else, under an identity of their own.
import { randomBytes } from 'node:crypto'
import type { Client } from '../client/client.ts'
import { newInformerFactory } from '../client/informers/factory.ts'
import type { InformerFactory } from '../client/informers/informer.ts'
import { newClient } from '../client/rest/client.ts'
import type { Transport } from '../client/transport/transport.ts'
import type { Logger } from '../component-base/logger.ts'
import type { Clock } from '../util/clock.ts'
import type { TokenTable } from './authn/token-file.ts'
import { mastersGroup, user } from './authn/well-known-users.ts'
import { versionInfo } from './version.ts'

export interface Loopback {
  readonly client: Client
  readonly informers: InformerFactory
  /** To be called once, when the server's handlers are there. */
  connect(open: (token: string) => Transport): void
}

/** @param tokens gets the server's own token, which lives as long as the process */
export function newLoopback({ tokens, clock, logger }: { readonly tokens: TokenTable; readonly clock: Clock; readonly logger: Logger }): Loopback {
  const token = randomBytes(32).toString('base64url')
  tokens.add(token, user('system:apiserver', [mastersGroup]))
  let connected: Transport | undefined
  const transport: Transport = {
    request(request) {
      if (!connected) throw new Error('the loopback client was used before the server was composed')
      return connected.request(request)
    },
    close: () => connected?.close(),
  }
  const client = newClient(transport, { userAgent: `kube-apiserver/${versionInfo.gitVersion} (${versionInfo.platform}) coxswain`, clock })
  return {
    client,
    informers: newInformerFactory({ client, clock, logger }),
    connect(open) {
      connected = open(token)
    },
  }
}
