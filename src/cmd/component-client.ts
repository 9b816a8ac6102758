// How a component that runs alone reaches its API server: by a kubeconfig file.
import { readFileSync } from 'node:fs'
import { load } from 'js-yaml'
import type { Client } from '../client/client.ts'
import { connectionOf } from '../client/kubeconfig/connection.ts'
import type { Kubeconfig } from '../client/kubeconfig/types.ts'
import { newClient } from '../client/rest/client.ts'
import { countedTransport } from '../client/rest/request-metrics.ts'
import { newHttpsTransport } from '../client/transport/https.ts'
import type { Transport } from '../client/transport/transport.ts'
import type { MetricsRegistry } from '../component-base/metrics/registry.ts'
import { systemClock } from '../util/clock.ts'
import { version } from './version.ts'

export interface ComponentClient {
  readonly client: Client
  readonly transport: Transport
}

/** @throws {Error} for a file that cannot be read or names nothing usable */
export function readKubeconfig(path: string): Kubeconfig {
  return load(readFileSync(path, 'utf8')) as Kubeconfig
}

export interface ComponentClientOptions {
  /** Of the kubeconfig; its current one when left out. */
  readonly context?: string
  /** Where requests are counted; without it they are not. */
  readonly metrics?: MetricsRegistry
}

export function componentClient(config: Kubeconfig, component: string, { context, metrics }: ComponentClientOptions = {}): ComponentClient {
  const connection = connectionOf(config, context).transport
  const direct = newHttpsTransport(connection)
  const transport = metrics ? countedTransport(direct, new URL(connection.server).host, metrics, systemClock) : direct
  return { transport, client: newClient(transport, { userAgent: `${component}/${version}` }) }
}
