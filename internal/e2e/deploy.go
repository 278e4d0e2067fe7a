package e2e

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// fieldOwner owns what the harness applies, in the place of Pulumi's provider.
const fieldOwner = client.FieldOwner("pulumi-kubernetes")

// deployed is what a deployment came to.
type deployed struct {
	// failed are the objects that were refused or did not become ready, and why.
	failed map[*manifest]error
	// skipped are those that come after them.
	skipped []*manifest
	// substituted are the substitutions that were needed.
	substituted []int
}

// deploy applies manifests in their order, each once what it comes after is ready, as the Pulumi engine does: what
// comes after a failure is not touched, all else is.
func (c *cluster) deploy(ctx context.Context, manifests []*manifest) (*deployed, error) {
	result := &deployed{failed: map[*manifest]error{}}
	ready := map[*manifest]bool{}
	for _, m := range manifests {
		for _, before := range m.after {
			if !ready[before] && result.failed[before] == nil && !slices.Contains(result.skipped, before) {
				if err := c.awaitReady(ctx, before.object); err != nil {
					if ctx.Err() != nil {
						return nil, err
					}
					result.failed[before] = err
					continue
				}
				ready[before] = true
			}
		}
		if slices.ContainsFunc(m.after, func(before *manifest) bool {
			return result.failed[before] != nil || slices.Contains(result.skipped, before)
		}) {
			result.skipped = append(result.skipped, m)
			continue
		}
		taken, err := c.place(ctx, m.object)
		result.substituted = append(result.substituted, taken...)
		if err != nil {
			result.failed[m] = err
		}
	}
	slices.Sort(result.substituted)
	result.substituted = slices.Compact(result.substituted)
	return result, nil
}

// setUp deploys the environment for scenarios that are not about how that goes: the first failure ends it.
func (c *cluster) setUp(ctx context.Context) error {
	result, err := c.deploy(ctx, c.env.manifests)
	if err != nil {
		return err
	}
	for m, err := range result.failed {
		return fmt.Errorf("%s: %w", m, err)
	}
	_, err = c.awaitSettled(ctx)
	return err
}

// place applies an object, made fit for this control plane, with what a controller that is not here would make of it.
func (c *cluster) place(ctx context.Context, object *unstructured.Unstructured) ([]int, error) {
	object = object.DeepCopy()
	taken, err := substitute(object, "127.0.0.1:"+c.ports.number("redis"))
	if err != nil {
		return nil, err
	}
	if err := c.apply(ctx, object); err != nil {
		return nil, err
	}
	switch object.GetKind() {
	case "NodeClass":
		return taken, c.ensure(ctx, &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "karpenter.kwok.sh/v1alpha1", "kind": "KWOKNodeClass", "metadata": map[string]any{"name": object.GetName()},
		}})
	case "ExternalSecret":
		return taken, c.playExternalSecrets(ctx, object)
	}
	return taken, nil
}

// apply is a server-side apply with strict validation. It takes nothing from another owner: that is an error.
func (c *cluster) apply(ctx context.Context, object *unstructured.Unstructured) error {
	text, err := object.MarshalJSON()
	if err != nil {
		return fmt.Errorf("writing %s %s: %w", object.GetKind(), object.GetName(), err)
	}
	// Client.Apply of controller-runtime takes no validation.
	return c.Client.Patch(ctx, object, client.RawPatch(types.ApplyPatchType, text), fieldOwner, client.FieldValidation(metav1.FieldValidationStrict))
}

// ensure creates an object unless it is there.
func (c *cluster) ensure(ctx context.Context, object client.Object) error {
	if err := c.Client.Create(ctx, object); err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("making %s: %w", object.GetName(), err)
	}
	return nil
}

// awaitReady waits for what Pulumi waits for: Jobs to have succeeded, Deployments to be available.
func (c *cluster) awaitReady(ctx context.Context, object *unstructured.Unstructured) error {
	key := client.ObjectKeyFromObject(object)
	if kind := object.GetKind(); kind == "Job" || kind == "Deployment" {
		c.say("waiting for %s %s", kind, key.Name)
	}
	switch object.GroupVersionKind().GroupKind() {
	case schema.GroupKind{Group: "batch", Kind: "Job"}:
		_, err := c.waitFor(ctx, settleLimit, "Job "+key.Name, func(ctx context.Context) (bool, string, error) {
			job := &batchv1.Job{}
			if err := c.Client.Get(ctx, key, job); err != nil {
				return false, "", err
			}
			return jobEnded(job)
		})
		return err
	case schema.GroupKind{Group: "apps", Kind: "Deployment"}:
		_, err := c.waitFor(ctx, settleLimit, "Deployment "+key.Name, func(ctx context.Context) (bool, string, error) {
			d := &appsv1.Deployment{}
			if err := c.Client.Get(ctx, key, d); err != nil {
				return false, "", err
			}
			holds, seen := settled(d)
			return holds, seen, nil
		})
		return c.explained(ctx, err)
	}
	return nil
}

// errJobFailed is the error of a Job that its controller has given up.
var errJobFailed = errors.New("the Job has failed")

func jobEnded(job *batchv1.Job) (succeeded bool, seen string, err error) {
	for _, condition := range job.Status.Conditions {
		if condition.Status != corev1.ConditionTrue {
			continue
		}
		switch condition.Type {
		case batchv1.JobComplete:
			return true, "", nil
		case batchv1.JobFailed:
			return false, "", fmt.Errorf("%w after %s: %s", errJobFailed, time.Since(job.CreationTimestamp.Time).Round(time.Second), condition.Message)
		}
	}
	return false, fmt.Sprintf("%d pods active, %d failed", job.Status.Active, job.Status.Failed), nil
}
