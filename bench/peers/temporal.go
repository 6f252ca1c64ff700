// Package peers are other durable ways of doing something for each customer, with
// no work in them where the work is not the point.
package peers

import (
	"context"
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

const taskLimit = time.Minute

// Order says what a peer's workflow is to do.
type Order struct {
	// Customers is how many are left, Done how many were done before.
	Customers, Done int64
	// InFlight is how many are under way at once.
	InFlight int
}

// Server is a worker for the peers' workflows, on a task queue of its own: no poll
// of an earlier worker can swallow its tasks.
type Server struct {
	temporal client.Client
	worker   worker.Worker
	queue    string
}

// Naive runs an activity for each customer from one workflow, as one begins with
// Temporal. The activities return at once.
func (s *Server) Naive(ctx context.Context, order Order) (int64, error) {
	return s.run(ctx, "Naive", order)
}

// Children runs a child workflow for each customer, in a window that slides, as
// Temporal's sample batch-sliding-window does. The children return at once.
func (s *Server) Children(ctx context.Context, order Order) (int64, error) {
	return s.run(ctx, "Children", order)
}

func (s *Server) run(ctx context.Context, name string, order Order) (int64, error) {
	started, err := s.temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: "peer/" + name, TaskQueue: s.queue}, name, order)
	if err != nil {
		return 0, err
	}
	var done int64
	err = started.Get(ctx, &done)
	return done, err
}

// Serve starts a worker for the peers' workflows, as it comes, or with as many
// pollers as are worth while, as db-migrate's has; call its Stop.
func Serve(temporal client.Client, tuned bool) (*Server, error) {
	queue := fmt.Sprintf("peers-%d", time.Now().UnixNano())
	var options worker.Options
	if tuned {
		options.ActivityTaskPollerBehavior = worker.NewPollerBehaviorAutoscaling(worker.PollerBehaviorAutoscalingOptions{})
		options.WorkflowTaskPollerBehavior = worker.NewPollerBehaviorAutoscaling(worker.PollerBehaviorAutoscalingOptions{})
	}
	serving := worker.New(temporal, queue, options)
	serving.RegisterWorkflowWithOptions(naive, workflow.RegisterOptions{Name: "Naive"})
	serving.RegisterWorkflowWithOptions(children, workflow.RegisterOptions{Name: "Children"})
	serving.RegisterWorkflowWithOptions(child, workflow.RegisterOptions{Name: "Child"})
	serving.RegisterActivityWithOptions(touch, activity.RegisterOptions{Name: "Touch"})
	return &Server{temporal, serving, queue}, serving.Start()
}

// Stop ends the worker.
func (s *Server) Stop() { s.worker.Stop() }

func naive(ctx workflow.Context, order Order) (int64, error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: taskLimit})
	return window(ctx, "Naive", order, func(customer int64) workflow.Future {
		return workflow.ExecuteActivity(ctx, "Touch", customer)
	})
}

func children(ctx workflow.Context, order Order) (int64, error) {
	ctx = workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{WorkflowTaskTimeout: taskLimit})
	return window(ctx, "Children", order, func(customer int64) workflow.Future {
		return workflow.ExecuteChildWorkflow(ctx, "Child", customer)
	})
}

// window begins a customer's task whenever another one has ended, and goes on in a
// new run when the history has become long.
func window(ctx workflow.Context, name string, order Order, begin func(customer int64) workflow.Future) (int64, error) {
	var failed error
	waiting := workflow.NewWaitGroup(ctx)
	for range order.InFlight {
		waiting.Add(1)
		workflow.Go(ctx, func(ctx workflow.Context) {
			defer waiting.Done()
			for order.Customers > 0 && failed == nil && !workflow.GetInfo(ctx).GetContinueAsNewSuggested() {
				order.Customers--
				if err := begin(order.Done).Get(ctx, nil); err != nil {
					failed = err
				}
				order.Done++
			}
		})
	}
	waiting.Wait(ctx)
	if failed == nil && order.Customers > 0 {
		return 0, workflow.NewContinueAsNewError(ctx, name, order)
	}
	return order.Done, failed
}

func child(workflow.Context, int64) error { return nil }

func touch(context.Context, int64) error { return nil }
