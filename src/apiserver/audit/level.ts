// The two scales of auditing: how much of a request is recorded, and when. Source: k8s.io/apiserver pkg/apis/audit/types.go.

/** In rising order: each records what the one before does, and more. */
export const levels = ['None', 'Metadata', 'Request', 'RequestResponse'] as const
export type Level = (typeof levels)[number]

/** In the order in which a request passes them; `ResponseStarted` only when it is long-running, `Panic` in place of the last. */
export const stages = ['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic'] as const
export type Stage = (typeof stages)[number]

export const atLeast = (level: Level, wanted: Level) => levels.indexOf(level) >= levels.indexOf(wanted)
