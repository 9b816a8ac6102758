import type { JobStatus } from '../../../../api/batch/v1.ts'

export const isConditionTrue = (status: JobStatus | undefined, type: string): boolean =>
  (status?.conditions ?? []).some((condition) => condition.type === type && condition.status === 'True')

export const isFinished = (status: JobStatus | undefined): boolean => isConditionTrue(status, 'Complete') || isConditionTrue(status, 'Failed')
