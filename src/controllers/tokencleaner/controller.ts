import { bootstrapTokenType, tokenLifeMs } from '../../api/core/bootstrap-token.ts'
import { keyOf } from '../../api/object.ts'
import { secrets as secretResource } from '../../api/resources.ts'
import { isNotFound } from '../../apimachinery/api-error.ts'
import type { ControllerContext } from '../framework/context.ts'
import { type Controller, controller, onChange } from '../framework/controller.ts'
import { done, requeueAfter } from '../framework/result.ts'

/** Deletes bootstrap tokens when they expire. @see pkg/controller/bootstrap/tokencleaner.go */
export function newTokenCleanerController(context: ControllerContext): Controller {
  const { client, informers, clock } = context
  const secrets = informers.for(secretResource, { namespace: 'kube-system', fieldSelector: `type=${bootstrapTokenType}` })
  return controller('token-cleaner-controller', context, {
    watches: [onChange(secrets, keyOf)],
    async reconcile(key, signal) {
      const secret = secrets.lister.get(key)
      if (!secret || secret.metadata.deletionTimestamp) return done
      const leftMs = tokenLifeMs(secret, clock.now())
      if (leftMs === Infinity) return done
      if (leftMs > 0) return requeueAfter(leftMs)
      const { uid, resourceVersion } = secret.metadata
      // The version, too: a token whose life was just extended is not deleted.
      await client.delete(secretResource, secret.metadata, { preconditions: { uid, resourceVersion }, signal }).catch((error: unknown) => {
        if (!isNotFound(error)) throw error
      })
      return done
    },
  })
}
