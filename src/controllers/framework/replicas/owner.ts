import type { ReplicaSet, ReplicaSetStatus } from '../../../api/apps/v1.ts'
import type { ReplicationController } from '../../../api/core/v1.ts'

/** What keeps a number of equal pods. The two kinds differ in how they write their selector, and in nothing else that matters. */
export type ReplicaOwner = ReplicaSet | ReplicationController

/** The status of both kinds. */
export type ReplicasStatus = ReplicaSetStatus
