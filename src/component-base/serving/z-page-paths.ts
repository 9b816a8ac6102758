import type { IncomingMessage } from 'node:http'
import type { ZPages } from '../zpages/z-pages.ts'
import type { HealthServerOptions } from './health-server.ts'

/** /statusz and /flagz among the paths of a health server. */
export const zPagePaths = (pages: ZPages): HealthServerOptions['paths'] =>
  Object.fromEntries([...pages].map(([path, page]) => [path, ({ headers }: IncomingMessage) => page({ accept: headers.accept })]))
