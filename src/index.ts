// The library: a cluster in the caller's process, and the client that every component uses.
export { ApiError, isAlreadyExists, isConflict, isNotFound } from './apimachinery/api-error.ts'
export * as resources from './api/resources.ts'
export type { Client } from './client/client.ts'
export { newInformerFactory } from './client/informers/factory.ts'
export { newClient } from './client/rest/client.ts'
export { newHttpsTransport } from './client/transport/https.ts'
export { type Cluster, startCluster, type StartClusterOptions } from './cmd/start-cluster.ts'
