package rules

import (
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"coffee-platform/policy/object"
	"coffee-platform/policy/rule"
)

const (
	ebsVolume        = "aws:ebs/volume:Volume"
	ebsCopy          = "aws:ebs/snapshotCopy:SnapshotCopy"
	ebsDefault       = "aws:ebs/encryptionByDefault:EncryptionByDefault"
	kindStorageClass = "storage.k8s.io/StorageClass"
)

// ebsProvisioners make EBS volumes: the driver one installs, Auto Mode's and the old
// built-in one.
var ebsProvisioners = []string{"ebs.csi.aws.com", "ebs.csi.eks.amazonaws.com", "kubernetes.io/aws-ebs"}

var encryptDisks = rule.Rule{
	ID:       "d8",
	Name:     "encrypt-disks",
	Title:    "Disks of machines and volumes of pods are encrypted",
	Why:      "images, caches and whatever pods write to disk can be read from a snapshot of it",
	Fix:      "set encrypted: true on every disk (parameters.encrypted: \"true\" of a StorageClass); a node group needs a launch template for it",
	Severity: apitype.PolicySeverityHigh,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{
		rule.FSBP("EC2.3"), rule.FSBP("EC2.7"), rule.CISAWS("6.1.1"),
		rule.Checkov("CKV_AWS_8"), rule.Checkov("CKV_AWS_106"), rule.Trivy("AWS-0131"),
	},
	// The disks of Auto Mode's NodeClass are always encrypted.
	AppliesTo: either(
		rule.OfType(ebsVolume, ebsCopy, ebsDefault, ec2Instance, ec2SpotRequest, ec2LaunchTemplate, ec2LaunchConfig, eksNodeGroup),
		isClassOfDisks),
	Check: func(r rule.Resource, _ rule.Env) rule.Result {
		if isClassOfDisks(r) {
			return checkClassesOfDisks(r)
		}
		var result rule.Result
		switch r.Type {
		case ebsVolume, ebsCopy:
			demandTrue(r.Inputs.Get("encrypted"), "which is false", &result)
		case ebsDefault:
			demandTrue(r.Inputs.Get("enabled"), "", &result)
		case eksNodeGroup:
			if at := r.Inputs.Get("launchTemplate"); at.State() == rule.Missing {
				result.Fail(at, "is not set, and EKS's own does not encrypt")
			} else {
				result.Unreadable(at, at.State(), "an object")
			}
		case ec2LaunchTemplate:
			checkMappings(r.Inputs.Get("blockDeviceMappings"), &result)
		default:
			checkDisk(r.Inputs.Get("rootBlockDevice").Only(), r, &result)
			for _, disk := range listed(r.Inputs.Get("ebsBlockDevices"), "a list of disks", &result) {
				checkDisk(disk, r, &result)
			}
		}
		return result
	},
}

// checkDisk demands encryption of a machine's own disk. What the machine does not say of it, the launch template may that it
// is made from.
func checkDisk(disk rule.Value, machine rule.Resource, result *rule.Result) {
	at := disk.Get("encrypted")
	if at.State() == rule.Missing && machine.Inputs.Get("launchTemplate").State() != rule.Missing {
		result.Undetermined(at, "is as the launch template says")
		return
	}
	demandTrue(at, "which is false", result)
}

func checkMappings(at rule.Value, result *rule.Result) {
	mappings := listed(at, "a list of disks", result)
	if at.State() == rule.Missing || at.State() == rule.Known && len(mappings) == 0 {
		result.Undetermined(at, "names no disk, and so they are as the image says")
	}
	for _, mapping := range mappings {
		disk := mapping.Get("ebs").Only()
		if disk.State() == rule.Missing {
			continue // a disk of the host, or none
		}
		demandTrue(disk.Get("encrypted"), "which is as the image says", result)
	}
}

// isClassOfDisks selects objects by which Kubernetes makes disks: of machines, and of pods.
var isClassOfDisks = object.Selects(kindKarpenterNodeClass, kindStorageClass)

func checkClassesOfDisks(r rule.Resource) rule.Result {
	var result rule.Result
	makes := false
	for _, class := range object.In(r, &result, kindKarpenterNodeClass) {
		makes = true
		checkMappings(class.Get("spec", "blockDeviceMappings"), &result)
	}
	for _, class := range object.In(r, &result, kindStorageClass) {
		makes = checkStorageClass(class, &result) || makes
	}
	if !makes && result.Outcome() == rule.Passed {
		return rule.Skip("makes no EBS volumes")
	}
	return result
}

// checkStorageClass tells whether a class may make EBS volumes, and demands then that they are encrypted.
func checkStorageClass(class object.Object, result *rule.Result) bool {
	at := class.Get("provisioner")
	provisioner, state := at.Text()
	switch {
	case result.Unreadable(at, state, "a string"):
	case state == rule.Missing && class.Patch:
		result.Unpatched(at)
	case !slices.Contains(ebsProvisioners, provisioner):
		return false
	default:
		demandTrue(class.Get("parameters", "encrypted"), "which is false", result)
	}
	return true
}
