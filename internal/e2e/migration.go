package e2e

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// failAnnotation makes a Job's pods fail (stages.yaml).
const failAnnotation = "e2e.coffee.dev/fails"

// retriesHere is how often a failing Job is tried again here at most: the Job controller waits 10 s before the first
// retry and twice as long before each one more.
const retriesHere = 1

// migration deploys a release whose migration fails, and looks at what became of the Deployments.
func migration(ctx context.Context, c *cluster, s *section) error {
	job, err := c.migrationJob()
	if err != nil {
		return err
	}
	before, err := c.deployments(ctx)
	if err != nil {
		return err
	}
	var release []*manifest
	again := map[*manifest]*manifest{}
	for _, m := range c.env.manifests {
		next := &manifest{file: m.file, object: m.object.DeepCopy()}
		again[m] = next
		for _, a := range m.after {
			next.after = append(next.after, again[a])
		}
		switch {
		case m == job:
			if err := failingJob(next.object); err != nil {
				return err
			}
		case m.object.GetKind() == "Deployment":
			if err := newRelease(next.object, time.Now()); err != nil {
				return err
			}
		}
		release = append(release, next)
	}
	start := time.Now()
	result, err := c.deploy(ctx, release)
	if err != nil {
		return err
	}
	failure := result.failed[again[job]]
	s.check(errors.Is(failure, errJobFailed), "the Job is given up", "%v, %.1f s after the release began, tried %d times", failure, time.Since(start).Seconds(), retriesHere+1)
	var skipped []string
	for _, m := range result.skipped {
		skipped = append(skipped, m.String())
	}
	s.figure("not applied, as it comes after the Job", "%s", strings.Join(skipped, ", "))
	after, err := c.deployments(ctx)
	if err != nil {
		return err
	}
	for i, d := range after {
		s.check(d.Generation == before[i].Generation, "Deployment "+d.Name+" is untouched", "generation %d was %d, %d of %d available",
			d.Generation, before[i].Generation, d.Status.AvailableReplicas, *d.Spec.Replicas)
	}
	if err := c.Client.Delete(ctx, again[job].object, client.PropagationPolicy("Background")); err != nil {
		return fmt.Errorf("removing the failed Job: %w", err)
	}
	return nil
}

// migrationJob is the Job that the API waits for: that of the migration.
func (c *cluster) migrationJob() (*manifest, error) {
	for _, m := range c.objects("Job") {
		job, err := as[batchv1.Job](m.object)
		if err != nil {
			return nil, err
		}
		if componentOf(&job.Spec.Template) == migrationComponent {
			return m, nil
		}
	}
	return nil, fmt.Errorf("a Job of component %s %w", migrationComponent, errNotThere)
}

// failingJob makes a Job that of another release, and one that fails.
func failingJob(object *unstructured.Unstructured) error {
	object.SetName(object.GetName() + "-fails")
	retries, err := number(object, retriesHere, "spec", "backoffLimit")
	if err != nil {
		return err
	}
	return errors.Join(
		unstructured.SetNestedField(object.Object, int64(min(retries, retriesHere)), "spec", "backoffLimit"),
		unstructured.SetNestedField(object.Object, "true", "spec", "template", "metadata", "annotations", failAnnotation),
	)
}
