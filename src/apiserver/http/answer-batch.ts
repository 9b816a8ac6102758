// Answers that become ready in one turn of the event loop leave together, at its end.
//
// Every write to a socket wakes its reader. A server that answers each request as soon as it has read it goes from one
// connection to the next at the pace of those wake-ups, and its readers send their next requests one by one, each of which
// wakes the server in turn. Written back to back, sixteen answers wake a reader once, and the next sixteen requests are there
// in one turn. A lone answer waits for nothing: the end of the turn is the next thing that happens.

let waiting: (() => void)[] = []

function sendAll(): void {
  const batch = waiting
  waiting = []
  for (const send of batch) send()
}

/** @param send writes one answer; must not throw */
export function atEndOfTurn(send: () => void): void {
  if (waiting.push(send) === 1) setImmediate(sendAll)
}
