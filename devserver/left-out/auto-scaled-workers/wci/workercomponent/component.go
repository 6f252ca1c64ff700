// Package workercomponent would register the workflows that start workers.
package workercomponent

import "go.uber.org/fx"

// Module registers nothing.
var Module = fx.Options()
