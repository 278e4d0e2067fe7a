// Package durations knows how long AWS takes to make things.
//
// A stand-in answers at once; AWS does not. Each number here is what somebody saw on a real account and
// published, and says where: a log in a public repository, or an issue. They are single observations, not
// averages, and old ones of services that have become faster or slower since; of several, the one nearest to
// what this program makes was taken. Good for the order of a deployment and its rough length, not for promises.
//
// Terraform, whose logs most of these are, counts whole seconds and rounds down: what it shows as 0s is
// underASecond here.
package durations

import (
	"strings"
	"time"
)

// MultiAZ follows the type of a database that has a standby in another zone: its creation takes far longer
// than that of one without.
const MultiAZ = "#multiAz"

const (
	// unknown is what is assumed of a type nobody has been seen to wait for: a call or two of an API.
	unknown = time.Second

	// underASecond is the middle of what a log shows as 0s.
	underASecond = 500 * time.Millisecond
)

// Creation is how long AWS, or Kubernetes on it, takes to create an object of the type; false says that there
// is no observation, and the time is an assumption. What follows a # in the type tells variants apart (see
// MultiAZ); a variant without an observation of its own takes as long as the type.
func Creation(typ string) (time.Duration, bool) { return lookup(creation, typ) }

// Deletion is how long it takes to delete an object of the type, as Creation is for creating one.
func Deletion(typ string) (time.Duration, bool) { return lookup(deletion, typ) }

func lookup(table map[string]time.Duration, typ string) (time.Duration, bool) {
	if d, ok := table[typ]; ok {
		return d, true
	}
	base, _, _ := strings.Cut(typ, "#")
	if d, ok := table[base]; ok {
		return d, true
	}
	return unknown, false
}

// creation holds the observations by type.
var creation = map[string]time.Duration{
	// github.com/leopoldocardoso/workshop-devops-na-nuvem docs/deployments/02-eks-stack-ai.md, August 2026: 10m4s,
	// us-east-1, with a key of its own. A control plane with node groups; no log of one in Auto Mode was found.
	// Others: 7m27s (Julien-TechOps/infoline-devops), 8m33s (DevopsArtFactory/terraform-provisioning#47), 10m6s
	// (terraform-aws-modules/terraform-aws-eks#3218).
	"aws:eks/cluster:Cluster": 10*time.Minute + 4*time.Second,
	// github.com/fernandomullerjr/eks-via-terraform-github-actions 09-eks-blueprint/rascunho-lab9.md: 17s, the EBS
	// driver on nodes that were there. Without nodes CoreDNS waits for one: 1m17s in rascunho-eks-terraform.md.
	"aws:eks/addon:Addon": 17 * time.Second,
	// github.com/Julien-TechOps/infoline-devops doc_project/captures/A1-Q1_terraform-apply-and-kubectl-get-nodes.md: 2s.
	"aws:eks/accessEntry:AccessEntry": 2 * time.Second,
	// The same log: 1s.
	"aws:eks/accessPolicyAssociation:AccessPolicyAssociation": time.Second,

	// github.com/antonakv/tf-aws-pes-docker-compose-activeactive-agents README.md: 3m27s, PostgreSQL in one zone.
	// Also 3m3s (antonakv/tf-aws-activeactive) and 3m46s (Galser/ptfe-prod-ext terraform_apply.md).
	"aws:rds/instance:Instance": 3*time.Minute + 27*time.Second,
	// github.com/rafael-aza/master-colloquium-b note.md, July 2026: 13m47s, eu-central-1, db.t3.micro. MySQL: no
	// log of a Multi-AZ PostgreSQL was found.
	"aws:rds/instance:Instance" + MultiAZ: 13*time.Minute + 47*time.Second,
	// github.com/antonakv/tf-aws-activeactive README.md: 1s.
	"aws:rds/subnetGroup:SubnetGroup": time.Second,

	// github.com/antonakv/tf-aws-pes-eksk8s-activeactive-agents README.md: 9m7s, Redis, one node. Also 6m59s
	// (antonakv/tf-aws-activeactive) and 9m15s (antonakv/tf-aws-pes-docker-compose-activeactive-agents).
	"aws:elasticache/replicationGroup:ReplicationGroup": 9*time.Minute + 7*time.Second,
	// github.com/turbot/steampipe-plugin-aws/pull/176, March 2021: 27s, from far away.
	"aws:elasticache/parameterGroup:ParameterGroup": 27 * time.Second,
	// github.com/antonakv/tf-aws-activeactive README.md: 1s.
	"aws:elasticache/subnetGroup:SubnetGroup": time.Second,

	// github.com/ignvb/devsu-devops-assessment IaC/Apply_output.md: 14s, with DNS host names, which are a second
	// change of the VPC.
	"aws:ec2/vpc:Vpc": 14 * time.Second,
	// The same log: 1s each, and 2s for one. Those that hand out public addresses, as ours do not, take 11s
	// (bshehram/devops-aws-tf SAMPLE_TF_APPLY.md).
	"aws:ec2/subnet:Subnet": time.Second,
	// The same log: 1s.
	"aws:ec2/internetGateway:InternetGateway": time.Second,
	// The same log: 1s.
	"aws:ec2/eip:Eip": time.Second,
	// The same log: 1m47s. Twelve at once took 1m24s to 2m4s (bshehram/devops-aws-tf SAMPLE_TF_APPLY.md).
	"aws:ec2/natGateway:NatGateway": time.Minute + 47*time.Second,
	// The same log: 1s.
	"aws:ec2/routeTable:RouteTable": time.Second,
	// The same log: 1s to the internet gateway, 2s to NAT.
	"aws:ec2/route:Route": time.Second,
	// The same log: 1s.
	"aws:ec2/routeTableAssociation:RouteTableAssociation": time.Second,
	// The same log: 3s.
	"aws:ec2/securityGroup:SecurityGroup": 3 * time.Second,
	// The same log: 3s.
	"aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": 3 * time.Second,
	// github.com/antonakv/tf-aws-pes-eksk8s-activeactive-agents README.md: 1s or 2s for aws_security_group_rule, the
	// older resource that makes the same call.
	"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": time.Second,
	// github.com/bshehram/devops-aws-tf SAMPLE_TF_APPLY.md: 6s, gateway endpoints. No log of an interface endpoint
	// was found.
	"aws:ec2/vpcEndpoint:VpcEndpoint": 6 * time.Second,
	// github.com/leopoldocardoso/workshop-devops-na-nuvem docs/deployments/01-networking-stack-ai.md, August 2026: 1s.
	"aws:ec2/flowLog:FlowLog": time.Second,

	// github.com/ignvb/devsu-devops-assessment IaC/Apply_output.md: 20s. Elsewhere 11s (leopoldocardoso) to 25s
	// (Julien-TechOps): a new key is looked for until every part of KMS knows it.
	"aws:kms/key:Key": 20 * time.Second,
	// The same log: 2s.
	"aws:iam/role:Role": 2 * time.Second,
	// The same log: 1s.
	"aws:iam/rolePolicyAttachment:RolePolicyAttachment": time.Second,
	// The same log: 1s.
	"aws:iam/openIdConnectProvider:OpenIdConnectProvider": time.Second,
	// github.com/leopoldocardoso/workshop-devops-na-nuvem docs/deployments/01-networking-stack-ai.md: 0s.
	"aws:iam/rolePolicy:RolePolicy": underASecond,
	// github.com/ignvb/devsu-devops-assessment IaC/Apply_output.md: 2s.
	"aws:cloudwatch/logGroup:LogGroup": 2 * time.Second,

	// github.com/leopoldocardoso/workshop-devops-na-nuvem docs/deployments/00-bootstrap-stack-ai.md, August 2026: 2s.
	"aws:s3/bucket:Bucket": 2 * time.Second,
	// The same log: 0s.
	"aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": underASecond,
	// The same log: 1s.
	"aws:s3/bucketPolicy:BucketPolicy": time.Second,
	// The same log: 1s.
	"aws:s3/bucketOwnershipControls:BucketOwnershipControls": time.Second,
	// The same log: 1s.
	"aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": time.Second,
	// The same log: 2s.
	"aws:s3/bucketVersioning:BucketVersioning": 2 * time.Second,
	// The same log: 57s, in which the provider reads the rules until S3 gives the same ones several times.
	"aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": 57 * time.Second,

	// github.com/antonakv/tf-aws-activeactive README.md: 2m2s.
	"aws:lb/loadBalancer:LoadBalancer": 2*time.Minute + 2*time.Second,
	// The same log: 1s.
	"aws:lb/targetGroup:TargetGroup": time.Second,
	// The same log: 1s.
	"aws:lb/listener:Listener": time.Second,
	// The same log: 0s, the request alone. No log that waited for a certificate to be issued was found in a
	// repository whose name is known.
	"aws:acm/certificate:Certificate": underASecond,
	// github.com/wongcheefah-redalpha/runracing-cloud demo/terraform/logs/04-apply.log: 2s.
	"aws:wafv2/webAcl:WebAcl": 2 * time.Second,

	// github.com/antonakv/tf-aws-activeactive README.md: 0s.
	"aws:secretsmanager/secret:Secret": underASecond,
	// The same log: 0s.
	"aws:secretsmanager/secretVersion:SecretVersion": underASecond,

	// github.com/leopoldocardoso/workshop-devops-na-nuvem docs/deployments/03-ecr-stack-ai.md, September 2026: 1s.
	"aws:ecr/repository:Repository": time.Second,
	// The same log: 0s.
	"aws:ecr/lifecyclePolicy:LifecyclePolicy": underASecond,

	// github.com/turbot/steampipe-plugin-aws/pull/164, March 2021: 4s.
	"aws:backup/vault:Vault": 4 * time.Second,
	// The same log: 4s.
	"aws:backup/plan:Plan": 4 * time.Second,

	// github.com/antonakv/tf-aws-pes-eksk8s-activeactive-agents README.md: 1s.
	"kubernetes:core/v1:Namespace": time.Second,
	// github.com/fernandomullerjr/eks-via-terraform-github-actions 07-eks-blueprint/rascunho-lab7.md: 1s.
	"kubernetes:core/v1:ConfigMap": time.Second,
	// github.com/ignvb/devsu-devops-assessment IaC/Apply_output.md: 0s.
	"kubernetes:core/v1:Secret": underASecond,
	// The same log: 1s.
	"kubernetes:core/v1:ServiceAccount": time.Second,
	// github.com/keikoproj/instance-manager/pull/290, May 2021: 71s from asking for a Bottlerocket node, which is
	// what Auto Mode's nodes run, to its being ready. The pull of the image, which comes on top, is not in it. Pods
	// of a node that is there wait for their image only.
	"kubernetes:apps/v1:Deployment": time.Minute + 11*time.Second,

	// github.com/binbashar/le-tf-infra-aws/pull/359, March 2022: 0s; nothing is asked of anybody.
	"random:index/randomPassword:RandomPassword": underASecond,
}

// deletion holds the observations by type.
var deletion = map[string]time.Duration{
	// github.com/Julien-TechOps/infoline-devops doc_project/captures/A1-Q1_terraform-destroy-and-verification.md: 2m45s.
	// Also 2m37s (fernandomullerjr/eks-via-terraform-github-actions), 7m39s (xavyaly/terraform-lab).
	"aws:eks/cluster:Cluster": 2*time.Minute + 45*time.Second,
	// github.com/xavyaly/terraform-lab challenges/6-kubernetes/1-aws-eks-cluster/README.md: 9s.
	"aws:eks/addon:Addon": 9 * time.Second,
	// github.com/Julien-TechOps/infoline-devops doc_project/captures/A1-Q1_terraform-destroy-and-verification.md: 1s.
	"aws:eks/accessEntry:AccessEntry": time.Second,
	// The same log: 0s.
	"aws:eks/accessPolicyAssociation:AccessPolicyAssociation": underASecond,
	// The same log: 57s. Twelve at once took 40s to 1m11s (bshehram/devops-aws-tf SAMPLE_TF_DESTROY.md).
	"aws:ec2/natGateway:NatGateway": 57 * time.Second,
	// The same log: 1s.
	"aws:ec2/vpc:Vpc": time.Second,
	// The same log: 1s public, 3s private.
	"aws:ec2/subnet:Subnet": time.Second,
	// The same log: 1s.
	"aws:ec2/internetGateway:InternetGateway": time.Second,
	// The same log: 1s.
	"aws:ec2/eip:Eip": time.Second,
	// The same log: 1s.
	"aws:ec2/routeTable:RouteTable": time.Second,
	// The same log: 2s.
	"aws:ec2/route:Route": 2 * time.Second,
	// The same log: 1s.
	"aws:ec2/routeTableAssociation:RouteTableAssociation": time.Second,
	// The same log: 2s.
	"aws:ec2/securityGroup:SecurityGroup": 2 * time.Second,
	// The same log: 0s; the provider only forgets it.
	"aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": underASecond,
	// The same log: 2s, after which the key waits for its end by itself.
	"aws:kms/key:Key": 2 * time.Second,
	// The same log: 1s, and 7s for the cluster's.
	"aws:iam/role:Role": time.Second,
	// The same log: 1s or 2s.
	"aws:iam/rolePolicyAttachment:RolePolicyAttachment": time.Second,
	// The same log: 1s.
	"aws:iam/openIdConnectProvider:OpenIdConnectProvider": time.Second,
	// The same log: 1s.
	"aws:cloudwatch/logGroup:LogGroup": time.Second,
	// github.com/bshehram/devops-aws-tf SAMPLE_TF_DESTROY.md: 5s, gateway endpoints.
	"aws:ec2/vpcEndpoint:VpcEndpoint": 5 * time.Second,
	// github.com/Galser/ptfe-prod-ext terraform_destroy.md: 3m46s, PostgreSQL in one zone, no last snapshot.
	"aws:rds/instance:Instance": 3*time.Minute + 46*time.Second,
	// The same log: 0s.
	"aws:rds/subnetGroup:SubnetGroup": underASecond,
	// github.com/xavyaly/terraform-lab challenges/9-terraform-all/2-attribute-output/notes.md: 2s, empty.
	"aws:s3/bucket:Bucket": 2 * time.Second,
	// github.com/fernandomullerjr/eks-via-terraform-github-actions 09-eks-blueprint/rascunho-lab9.md: 13s, with what was
	// in it.
	"kubernetes:core/v1:Namespace": 13 * time.Second,
	// github.com/wongcheefah-redalpha/runracing-cloud demo/terraform/logs/07-teardown.log: 2s.
	"aws:wafv2/webAcl:WebAcl": 2 * time.Second,
}
