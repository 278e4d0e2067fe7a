package rules

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"coffee-platform/policy/rule"
	"coffee-platform/policy/workload"
)

var tagImages = rule.Rule{
	ID:       "g1",
	Name:     "tag-images",
	Title:    "Images have a digest, or a tag other than latest",
	Why:      "latest is another image tomorrow: what was tested is not what runs, and a rollback brings back the same",
	Fix:      "write registry/name@sha256:<digest>, or at least a tag that is pushed once",
	Severity: apitype.PolicySeverityHigh,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{
		rule.Checkov("CKV_K8S_14"), rule.Trivy("KSV-0013"), rule.KubeLinter("latest-tag"), rule.KubeScore("container-image-tag"),
	},
	AppliesTo: workload.Selects,
	Check: func(r rule.Resource, _ rule.Env) rule.Result {
		return judgeImages(r, func(i image) string {
			switch {
			case i.digest != "":
				return ""
			case i.tag == "":
				return "has neither a tag nor a digest, which means latest"
			case i.tag == "latest":
				return "has the tag latest"
			}
			return ""
		})
	},
}

var pinImages = rule.Rule{
	ID:        "g2",
	Name:      "pin-images",
	Title:     "Images are named by their digest in staging and prod",
	Why:       "a tag can be moved to another image by whoever may push, and nodes that pulled it earlier keep running the old one",
	Fix:       "write registry/name@sha256:<digest>",
	Severity:  apitype.PolicySeverityMedium,
	Level:     apitype.Mandatory,
	Controls:  []rule.Control{rule.Checkov("CKV_K8S_43"), rule.Gatekeeper("imagedigests")},
	Tiers:     []rule.Tier{rule.Prod, rule.Staging},
	AppliesTo: workload.Selects,
	Check: func(r rule.Resource, _ rule.Env) rule.Result {
		return judgeImages(r, func(i image) string {
			if i.digest == "" {
				return "has no digest"
			}
			return ""
		})
	},
}

var trustRegistries = rule.Rule{
	ID:       "g3",
	Name:     "trust-registries",
	Title:    "Images come from registries that were chosen",
	Why:      "whoever can push to a registry runs code in the cluster, and a public one is neither scanned by us nor there when it is needed",
	Fix:      "push the image to the registry of the shared stack, or pull it through a cache rule of ECR",
	Severity: apitype.PolicySeverityHigh,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{
		rule.Trivy("KSV-0034"), rule.Trivy("KSV-0035"), rule.Trivy("KSV-0125"), rule.CISEKS("5.1.4"), rule.Gatekeeper("allowedrepos"),
	},
	Settings: []rule.Setting{{
		Name:        "registries",
		Description: "Hosts that images may come from; * stands for any part. Write your account's number into it.",
		Default:     []string{"*.dkr.ecr.*.amazonaws.com"},
	}, {
		Name: "publicImages",
		Description: "Images of public registries, without tag or digest, that may be run all the same; only by digest, " +
			"which no publisher can move.",
		// Amazon's own and the official one, which the Job that makes the database's roles runs in.
		Default: []string{"public.ecr.aws/aws-cli/aws-cli", "public.ecr.aws/docker/library/haproxy", "public.ecr.aws/docker/library/postgres"},
	}},
	AppliesTo: workload.Selects,
	Check: func(r rule.Resource, env rule.Env) rule.Result {
		return judgeImages(r, func(i image) string {
			trusted := slices.ContainsFunc(env.Settings.Texts("registries"), func(pattern string) bool {
				matches, err := path.Match(pattern, i.registry)
				return err == nil && matches
			})
			if trusted || i.digest != "" && slices.Contains(env.Settings.Texts("publicImages"), i.name) {
				return ""
			}
			return "does not come from a trusted registry"
		})
	},
}

// judgeImages runs a check over every image of a resource's pods: those of containers, and
// those mounted as volumes. The check says what is wrong.
func judgeImages(r rule.Resource, check func(image) string) rule.Result {
	return workload.Judge(r, func(pod workload.Pod, result *rule.Result) {
		pod.EachContainer(result, func(container rule.Value) {
			at := container.Get("image")
			if at.State() == rule.Missing {
				if pod.Patch {
					result.Unpatched(at)
				} else {
					result.Fail(at, "is not set")
				}
				return
			}
			checkImage(at, check, result)
		}, workload.InitContainers, workload.Containers, workload.EphemeralContainers)
		eachVolume(pod, result, func(volume rule.Value) {
			if at := volume.Get("image", "reference"); at.State() != rule.Missing {
				checkImage(at, check, result)
			}
		})
	})
}

func checkImage(at rule.Value, check func(image) string, result *rule.Result) {
	text, state := at.Text()
	if result.Unreadable(at, state, "an image") {
		return
	}
	if wrong := check(parseImage(text)); wrong != "" {
		result.Fail(at, "%s", wrong)
	}
}

// image is a reference to an image, taken apart.
type image struct {
	// name is the reference without tag and digest.
	name, registry, tag, digest string
}

// sha256Digest is the only form of digest that registries and nodes have to know
// (https://github.com/opencontainers/image-spec/blob/main/descriptor.md#digests).
var sha256Digest = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)

// parseImage reads registry/name:tag@digest. A first part without a dot or a port is no
// registry but part of a name on Docker Hub
// (https://github.com/distribution/reference/blob/main/normalize.go).
func parseImage(text string) image {
	name, digest, _ := strings.Cut(text, "@")
	if !sha256Digest.MatchString(digest) {
		digest = ""
	}
	i := image{name: name, registry: "docker.io", digest: digest}
	if slash := strings.LastIndex(name, "/"); strings.Contains(name[slash+1:], ":") {
		colon := strings.LastIndex(name, ":")
		i.name, i.tag = name[:colon], name[colon+1:]
	}
	if first, _, ok := strings.Cut(name, "/"); ok && (strings.ContainsAny(first, ".:") || first == "localhost") {
		i.registry = first
	}
	return i
}
