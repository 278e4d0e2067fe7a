package network

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"coffee-platform/internal/problem"
)

// https is the port of every AWS API.
const https = 443

// endpointName is what follows com.amazonaws.<region>. in the name of an endpoint service
// (https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html).
var endpointName = regexp.MustCompile(`^[a-z0-9]+([-.][a-z0-9]+)*$`)

func (a *Args) validateEndpoints(problems *problem.List) {
	seen := map[string]bool{}
	for i, service := range a.InterfaceEndpoints {
		path := fmt.Sprintf("interfaceEndpoints[%d]", i)
		switch {
		case !endpointName.MatchString(service):
			problems.Add(path, "%q is not the name of an endpoint: write one like ecr.api, without com.amazonaws.%s", service, a.Region)
		case service == "s3":
			problems.Add(path, "s3 has a gateway endpoint already, which costs nothing: leave it out")
		case seen[service]:
			problems.Add(path, "%s is named twice", service)
		}
		seen[service] = true
	}
	// A pull asks the one who the caller is and the other for the layers
	// (https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html).
	for _, pair := range [][2]string{{"ecr.api", "ecr.dkr"}, {"ecr.dkr", "ecr.api"}} {
		if slices.Contains(a.InterfaceEndpoints, pair[0]) && !slices.Contains(a.InterfaceEndpoints, pair[1]) {
			problems.Add("interfaceEndpoints", "%s without %s pulls no image: name both", pair[0], pair[1])
		}
	}
}

// createEndpoints gives the VPC its own way to AWS: to S3 through the route tables of private subnets, to
// the services of Args.InterfaceEndpoints through a network interface in each of them.
func (b *builder) createEndpoints(privateTables pulumi.StringArrayInput, privateSubnets []*ec2.Subnet) error {
	// Media and image layers go to S3: the gateway endpoint costs nothing and NAT charges per gigabyte.
	_, err := ec2.NewVpcEndpoint(b.ctx, b.name+"-s3", &ec2.VpcEndpointArgs{
		VpcId:           b.vpc.ID(),
		ServiceName:     pulumi.Sprintf("com.amazonaws.%s.s3", b.args.Region),
		VpcEndpointType: pulumi.String("Gateway"),
		RouteTableIds:   privateTables,
		Tags:            b.nameTag(b.name + "-s3"),
	}, b.parent)
	if err != nil {
		return fmt.Errorf("creating the S3 endpoint of %q: %w", b.name, err)
	}
	if len(b.args.InterfaceEndpoints) == 0 {
		return nil
	}
	group, err := b.createEndpointGroup()
	if err != nil {
		return err
	}
	for _, service := range b.args.InterfaceEndpoints {
		name := b.name + "-" + service
		_, err := ec2.NewVpcEndpoint(b.ctx, name, &ec2.VpcEndpointArgs{
			VpcId:            b.vpc.ID(),
			ServiceName:      pulumi.Sprintf("com.amazonaws.%s.%s", b.args.Region, service),
			VpcEndpointType:  pulumi.String("Interface"),
			SubnetIds:        ids(privateSubnets),
			SecurityGroupIds: pulumi.StringArray{group.ID()},
			// The service's public name leads to the endpoint, so that nobody has to know of it.
			PrivateDnsEnabled: pulumi.Bool(true),
			Tags:              b.nameTag(name),
		}, b.parent)
		if err != nil {
			return fmt.Errorf("creating endpoint %q: %w", name, err)
		}
	}
	return nil
}

// createEndpointGroup makes the group of interface endpoints: in from the VPC by HTTPS, out to nowhere.
func (b *builder) createEndpointGroup() (*ec2.SecurityGroup, error) {
	name := b.name + "-endpoints"
	group, err := ec2.NewSecurityGroup(b.ctx, name, &ec2.SecurityGroupArgs{
		Description: pulumi.Sprintf("Interface endpoints of %s", b.name),
		VpcId:       b.vpc.ID(),
		Tags:        b.nameTag(name),
	}, b.parent)
	if err != nil {
		return nil, fmt.Errorf("creating security group %q: %w", name, err)
	}
	_, err = vpc.NewSecurityGroupIngressRule(b.ctx, name, &vpc.SecurityGroupIngressRuleArgs{
		SecurityGroupId: group.ID(),
		CidrIpv4:        b.vpc.CidrBlock,
		IpProtocol:      pulumi.String("tcp"),
		FromPort:        pulumi.Int(https),
		ToPort:          pulumi.Int(https),
		Description:     pulumi.String("HTTPS from the VPC"),
	}, b.parent)
	if err != nil {
		return nil, fmt.Errorf("creating ingress rule %q: %w", name, err)
	}
	return group, nil
}
