package e2e

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// stages are KWOK's.
//
//go:embed stages.yaml
var stages string

// How long the parts of a control plane may take to start, with two cores shared by all of them.
const (
	apiStart     = 60 * time.Second
	metricsStart = 90 * time.Second
)

// controlPlane is a running control plane.
type controlPlane struct {
	// Client is the administrator's; it asks for strict validation.
	Client client.WithWatch
	// Warnings are what the API server warned of since they were last taken.
	Warnings *warnings
	config   *rest.Config

	tools, dir    string
	ports         *reservedPorts
	redisPassword string
	supervisor    *supervisor
	say           func(string, ...any)
}

// warnings collects the warnings of an API server.
type warnings struct {
	mu   sync.Mutex
	list []string
}

// HandleWarningHeader is rest.WarningHandler's.
func (w *warnings) HandleWarningHeader(_ int, _ string, text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.list = append(w.list, text)
}

// take returns the warnings so far and forgets them.
func (w *warnings) take() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := w.list
	w.list = nil
	return list
}

// startControlPlane starts a control plane with the tools below a directory, for the nodes of an environment; its
// files and logs are in dir. When a process ends by itself, fail is called. Call stop in any case.
func startControlPlane(ctx context.Context, tools, dir string, env *environment, fail context.CancelCauseFunc, say func(string, ...any)) (*controlPlane, error) {
	c := &controlPlane{tools: tools, dir: dir, Warnings: &warnings{}, redisPassword: "e2e-" + filepath.Base(dir), say: say, supervisor: &supervisor{dir: dir, fail: fail}}
	var err error
	if c.ports, err = reservePorts(); err != nil {
		return c, err
	}
	if err := c.writeFiles(env); err != nil {
		return c, err
	}
	defer c.ports.release(portNames...)
	for _, p := range c.processes() {
		c.ports.release(p.ports...)
		if err := c.supervisor.start(p.name, p.binary, p.args, p.env); err != nil {
			return c, err
		}
		if p.ready != nil {
			start := time.Now()
			if err := p.ready(ctx); err != nil {
				return c, fmt.Errorf("starting %s: %w", p.name, err)
			}
			say("%s is ready after %.1f s", p.name, time.Since(start).Seconds())
		}
	}
	return c, nil
}

// stop ends every process of the control plane.
func (c *controlPlane) stop() { c.supervisor.stop() }

// connect makes the clients.
func (c *controlPlane) connect() error {
	config, err := clientcmd.BuildConfigFromFlags("", filepath.Join(c.dir, "kubeconfig"))
	if err != nil {
		return fmt.Errorf("reading the kubeconfig: %w", err)
	}
	config.QPS, config.Burst = -1, 0 // the API server's own fairness is the limit
	config.WarningHandler = c.Warnings
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), apiextensionsv1.AddToScheme(scheme)); err != nil {
		return fmt.Errorf("registering types: %w", err)
	}
	c.config = config
	c.Client, err = client.NewWithWatch(config, client.Options{Scheme: scheme})
	if err != nil {
		return fmt.Errorf("making a client: %w", err)
	}
	return nil
}

// apiReady waits until the API server is, and prepares what the processes after it need to find.
func (c *controlPlane) apiReady(ctx context.Context) error {
	config, err := clientcmd.BuildConfigFromFlags("", filepath.Join(c.dir, "kubeconfig"))
	if err != nil {
		return fmt.Errorf("reading the kubeconfig: %w", err)
	}
	http, err := rest.HTTPClientFor(config)
	if err != nil {
		return fmt.Errorf("making an HTTP client: %w", err)
	}
	_, err = c.waitFor(ctx, apiStart, "the API server to be ready", func(ctx context.Context) (bool, string, error) {
		return get(ctx, http, "https://"+c.ports.at("apiserver")+"/readyz")
	})
	if err != nil {
		return err
	}
	if err := c.connect(); err != nil {
		return err
	}
	if err := c.installDefinitions(ctx); err != nil {
		return err
	}
	return c.registerAdapter(ctx)
}

// get is whether a URL answers 200, and what it answers otherwise.
func get(ctx context.Context, client *http.Client, url string) (bool, string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false, "", err
	}
	response, err := client.Do(request)
	if err != nil {
		return false, err.Error(), nil
	}
	return response.StatusCode == http.StatusOK, response.Status, response.Body.Close()
}

// registerAdapter makes KEDA's adapter the server of external metrics, as KEDA's chart does.
func (c *controlPlane) registerAdapter(ctx context.Context) error {
	ca, err := os.ReadFile(filepath.Join(c.dir, "ca.crt"))
	if err != nil {
		return fmt.Errorf("reading the authority's certificate: %w", err)
	}
	port := int64(c.ports.numbers["keda-adapter"])
	apiService := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService",
		"metadata": map[string]any{"name": "v1beta1.external.metrics.k8s.io"},
		"spec": map[string]any{
			"group": "external.metrics.k8s.io", "version": "v1beta1", "groupPriorityMinimum": int64(100), "versionPriority": int64(100),
			"service": map[string]any{"namespace": autoscalerNamespace, "name": adapterService, "port": port},
		},
	}}
	// The field is bytes, which are base64 in JSON.
	if err := unstructured.SetNestedField(apiService.Object, base64Of(ca), "spec", "caBundle"); err != nil {
		return err
	}
	for _, object := range []client.Object{
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: autoscalerNamespace}},
		&corev1.Service{
			ObjectMeta: metav1.ObjectMeta{Namespace: autoscalerNamespace, Name: adapterService},
			Spec:       corev1.ServiceSpec{Type: corev1.ServiceTypeExternalName, ExternalName: "localhost", Ports: []corev1.ServicePort{{Port: int32(port)}}},
		},
		apiService,
	} {
		if err := c.Client.Create(ctx, object); err != nil {
			return fmt.Errorf("registering KEDA's adapter: %w", err)
		}
	}
	return nil
}

// externalMetricsReady waits until the API server reaches KEDA's adapter.
func (c *controlPlane) externalMetricsReady(ctx context.Context) error {
	http, err := rest.HTTPClientFor(c.config)
	if err != nil {
		return fmt.Errorf("making an HTTP client: %w", err)
	}
	_, err = c.waitFor(ctx, metricsStart, "KEDA's external metrics", func(ctx context.Context) (bool, string, error) {
		return get(ctx, http, "https://"+c.ports.at("apiserver")+"/apis/external.metrics.k8s.io/v1beta1")
	})
	return err
}

// redis runs redis-cli against the run's Redis. Input, if there is any, is commands, one a line.
func (c *controlPlane) redis(ctx context.Context, input string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "redis-cli", append([]string{"-h", "127.0.0.1", "-p", c.ports.number("redis"), "--tls", "--cacert", filepath.Join(c.dir, "ca.crt")}, args...)...)
	cmd.Env = append(os.Environ(), "REDISCLI_AUTH="+c.redisPassword)
	cmd.Stdin = strings.NewReader(input)
	output, err := cmd.CombinedOutput()
	answer := strings.TrimSpace(string(output))
	if err != nil {
		return "", fmt.Errorf("asking Redis: %s: %w", answer, err)
	}
	if strings.HasPrefix(answer, "ERR") || strings.HasPrefix(answer, "WRONG") || strings.HasPrefix(answer, "NOAUTH") {
		return "", fmt.Errorf("asking Redis: %s", answer)
	}
	return answer, nil
}
