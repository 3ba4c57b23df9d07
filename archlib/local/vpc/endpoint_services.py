"""Which services a VPC endpoint can lead to, by name.

AWS: "AWS services that integrate with AWS PrivateLink" and "Gateway endpoints" (AWS PrivateLink
Guide). In which regions each of them is offered is not looked at.
"""

from __future__ import annotations

import re
from typing import Final

#: Services that gateway endpoints lead to; both have interface endpoints as well.
GATEWAY_SERVICES: Final = frozenset({"dynamodb", "s3"})

#: Below com.amazonaws.{region}.
_NAMES: Final = """
access-analyzer account acm acm-fips acm-pca acm-pca-fips airflow.api airflow.api-fips airflow.env
airflow.env-fips airflow.ops analytics-omics apigateway app-integrations appconfig appconfig-fips
appconfigdata appconfigdata-fips application-autoscaling application-signals applicationinsights
appmesh appmesh-envoy-management apprunner apprunner.requests appstream.api appstream.streaming
appsync-api apptest aps aps-workspaces arsenal-discovery athena auditmanager autoscaling
autoscaling-plans awsconnector b2bi backup backup-gateway batch bcm-pricing-calculator bedrock
bedrock-agent bedrock-agent-runtime bedrock-agentcore bedrock-agentcore.gateway
bedrock-data-automation bedrock-data-automation-fips bedrock-data-automation-runtime
bedrock-data-automation-runtime-fips bedrock-fips bedrock-runtime bedrock-runtime-fips billing
billingconductor braket cases cassandra cassandra-fips ce cleanrooms cleanrooms-ml cloudcontrolapi
cloudcontrolapi-fips clouddirectory cloudformation cloudhsmv2 cloudtrail codeartifact.api
codeartifact.repositories codebuild codebuild-fips codecatalyst.git codecatalyst.packages
codecommit codecommit-fips codeconnections.api codedeploy codedeploy-commands-secure
codeguru-profiler codeguru-reviewer codepipeline codestar-connections.api codewhisperer
cognito-identity cognito-identity-fips cognito-idp cognito-idp-fips comprehend comprehendmedical
compute-optimizer config connect-campaigns console control-storage-omics controlcatalog
cost-optimization-hub data-servicediscovery data-servicediscovery-fips databrew dataexchange
datasync datazone deadline.management deadline.scheduling deviceadvisor.iot devops-guru
dicom-medical-imaging discovery dms dms-fips drs ds ds-data dsql dynamodb dynamodb-fips
dynamodb-streams ebs ec2 ec2messages ecr-public.api ecr.api ecr.dkr ecs ecs-agent ecs-telemetry
eks eks-auth elastic-inference.runtime elasticache elasticache-fips elasticbeanstalk
elasticbeanstalk-health elasticfilesystem elasticfilesystem-fips elasticloadbalancing
elasticmapreduce email email-fips email-smtp emr-containers emr-serverless
emr-serverless-services.livy emr-serverless.dashboard emrwal.prod entityresolution events
evidently evidently-dataplane execute-api finspace finspace-api fis forecast forecast-fips
forecastquery forecastquery-fips frauddetector fsx fsx-fips geo.geofencing geo.maps geo.metadata
geo.places geo.routes geo.tracking git-codecommit git-codecommit-fips glue glue.dashboard grafana
grafana-workspace greengrass groundstation guardduty guardduty-data guardduty-data-fips
guardduty-fips healthlake identitystore imagebuilder inspector-scan inspector2 internetmonitor
internetmonitor-fips invoicing iot iot.credentials iot.data iot.fleethub.api iotfleetwise
iotroborunner iotsitewise.api iotsitewise.data iottwinmaker.api iottwinmaker.data iotwireless.api
kafka kafka-fips kafkaconnect kendra kinesis-firehose kinesis-streams kinesis-streams-fips kms
kms-fips lakeformation lambda launchwizard license-manager license-manager-fips
license-manager-linux-subscriptions license-manager-linux-subscriptions-fips
license-manager-user-subscriptions logs lookoutequipment lookoutmetrics lookoutvision lorawan.cups
lorawan.lns m2 macie2 mail-manager mail-manager-fips managedblockchain-query
managedblockchain.bitcoin.mainnet managedblockchain.bitcoin.testnet mediaconnect medical-imaging
memory-db memorydb-fips mgn migrationhub-orchestrator migrationhub-strategy models-v2-lex
monitoring mq neptune-graph neptune-graph-data neptune-graph-fips network-firewall
network-firewall-fips networkflowmonitor networkflowmonitorreports networkmonitor nimble
observabilityadmin organizations organizations-fips outposts panorama
payment-cryptography.controlplane payment-cryptography.dataplane pca-connector-ad
pca-connector-scep pcs pcs-fips personalize personalize-events personalize-runtime pi pi-fips
pinpoint pinpoint-sms-voice-v2 pipes pipes-data pipes-fips polly pricing.api private-networks
profile proton q qapps qldb.session quicksight-website ram rbin rds rds-data redshift
redshift-data redshift-data-fips redshift-fips redshift-serverless redshift-serverless-fips
refactor-spaces rekognition rekognition-fips repostspace resource-groups resource-groups-fips
robomaker rolesanywhere rum rum-dataplane runtime-medical-imaging runtime-v2-lex s3 s3-outposts
s3express s3tables s3vectors sagemaker-data-science-assistant sagemaker-geospatial sagemaker.api
sagemaker.api-fips sagemaker.featurestore-runtime sagemaker.metrics sagemaker.runtime
sagemaker.runtime-fips scheduler schemas scn secretsmanager securityhub securitylake
securitylake-fips serverlessrepo service.user-subscriptions servicecatalog
servicecatalog-appregistry servicediscovery servicediscovery-fips shield shield-fips signin
simspaceweaver sms sms-fips snow-device-management sns social-messaging sqs sqs-fips ssm
ssm-contacts ssm-fips ssm-incidents ssm-quicksetup ssmmessages states storage-omics storagegateway
streaming-rekognition streaming-rekognition-fips sts sts-fips swf swf-fips sync-states synthetics
synthetics-fips tagging tags-omics tax textract textract-fips thinclient.api timestream-influxdb
timestream-influxdb-fips tnb transcribe transcribestreaming transfer transfer.server translate
trustedadvisor verifiedpermissions voiceid vpc-lattice wafv2 wafv2-fips wellarchitected wisdom
workflows-omics workmail workspaces workspaces-web workspaces-web-fips xray
"""
_REGIONAL: Final = frozenset(_NAMES.split())
#: Names that do not begin with com.amazonaws.
_ELSEWHERE: Final = {
    "aws.api": frozenset({"bcm-data-exports", "freetier", "kendra-ranking", "qbusiness"}),
    "aws.sagemaker": frozenset({"experiments", "notebook", "partner-app", "studio"}),
}
_GLOBAL: Final = frozenset(
    {
        "aws.api.global.codecatalyst",
        "com.amazonaws.iam",
        "com.amazonaws.route53",
        "com.amazonaws.s3-global.accesspoint",
        "com.amazonaws.savingsplans",
    }
)
_NAME: Final = re.compile(r"(?:cn\.)?(com\.amazonaws|aws\.api|aws\.sagemaker)\.([a-z0-9-]+)\.(.+)")


def endpoint_types(service_name: str, region: str) -> tuple[str, ...]:
    """The types of endpoints that a service of AWS offers in a region; none if there is none."""
    if service_name in _GLOBAL:
        return ("Interface",)
    found = _NAME.fullmatch(service_name)
    if found is None or found[2] != region:
        return ()
    prefix, _, name = found.groups()
    if name not in _ELSEWHERE.get(prefix, _REGIONAL):
        return ()
    gateway = prefix == "com.amazonaws" and name in GATEWAY_SERVICES
    return ("Gateway", "Interface") if gateway else ("Interface",)
