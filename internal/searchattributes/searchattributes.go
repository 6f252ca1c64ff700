// Package searchattributes lets a namespace of Temporal know the search attributes that
// runs have.
package searchattributes

import (
	"context"
	"fmt"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/sdk/client"

	"db-migrate/database"
	"db-migrate/workflows"
)

// patience bounds a question to Temporal: nothing depends on these attributes but lists.
const patience = 5 * time.Second

// Known reports whether the namespace is known to have all of them, by our types.
func Known(ctx context.Context, temporal client.Client, namespace string) bool {
	missing, err := missingOf(ctx, temporal, namespace)
	return len(missing) == 0 && err == nil
}

// Register registers those that the namespace does not know. Whoever may not do so, as in
// Temporal's cloud, or where there is no room for more, gets an error; runs go without
// attributes then.
func Register(ctx context.Context, temporal client.Client, namespace string) error {
	missing, err := missingOf(ctx, temporal, namespace)
	if err != nil || len(missing) == 0 {
		return err
	}
	asking, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	_, err = temporal.OperatorService().AddSearchAttributes(asking, &operatorservice.AddSearchAttributesRequest{Namespace: namespace, SearchAttributes: missing})
	for err == nil && len(missing) > 0 { // Temporal's parts learn of them one after the other
		if missing, err = missingOf(asking, temporal, namespace); len(missing) > 0 && database.Sleep(asking, againAfter) != nil {
			break
		}
	}
	return err
}

// againAfter is when a namespace is asked again that has just got them.
const againAfter = 100 * time.Millisecond

// missingOf are those that the namespace does not know.
func missingOf(ctx context.Context, temporal client.Client, namespace string) (map[string]enums.IndexedValueType, error) {
	asking, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	there, err := temporal.OperatorService().ListSearchAttributes(asking, &operatorservice.ListSearchAttributesRequest{Namespace: namespace})
	if err != nil {
		return nil, err
	}
	missing := map[string]enums.IndexedValueType{}
	for _, key := range workflows.NewAttributes().All() {
		kind, found := there.GetCustomAttributes()[key.GetName()]
		switch {
		case !found:
			missing[key.GetName()] = key.GetValueType()
		case kind != key.GetValueType():
			return nil, fmt.Errorf("search attribute %s of namespace %s is of type %s, not %s", key.GetName(), namespace, kind, key.GetValueType())
		}
	}
	return missing, nil
}
