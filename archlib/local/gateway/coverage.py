"""What the REST API plane honours."""

from __future__ import annotations

from archlib.local.behaviour import coverage, differs, honours, refuses
from archlib.local.gateway.authorization import AUTHORIZATIONS
from archlib.local.gateway.cache import SIZES
from archlib.local.gateway.control import REFUSED_OPERATIONS
from archlib.local.gateway.gateway_responses import KINDS
from archlib.local.gateway.integrations import INTEGRATIONS

_DEPLOYMENT = "at CreateDeployment"

COVERAGE = coverage(
    "API Gateway REST APIs",
    honours("Deployments are snapshots", "later changes wait for the next one; stage settings "
            "count at once"),
    honours("HTTPS only", "nothing listens on port 80"),
    honours("Routing", "exact, {parameter}, {proxy+}, ANY, stage paths, method override"),
    honours("Request and response mapping", "parameters, Velocity templates, $input, $context, "
            "$util, stage variables, passthrough behaviour, selection patterns"),
    honours("AWS_PROXY events and answers", "including multi-value headers, base64, remapped "
            "headers, malformed answers (502), timeouts (504)"),
    honours("Cognito authorizer", "signature, issuer, audience, expiry, token use, scopes"),
    honours("Lambda authorizers", "TOKEN and REQUEST, policies, context, cached results"),
    honours("AWS_IAM", "Signature Version 4, really checked"),
    honours("Resource policies"),
    honours("Request validation", "required parameters; JSON schema draft 4 models"),
    honours("Models", "refused when they come if their schema is no JSON schema of draft 4"),
    differs("Keywords that draft 4 does not know", "are taken in a model's schema; API Gateway "
            "refuses some of them"),
    honours("Stage cache", "capacity, lifetime, keys by declared parameters only, per-method "
            "settings, invalidation with and without permission, flushing"),
    honours("Throttling", "account, stage, method, usage plan, key; token buckets in virtual time"),
    honours("API keys, usage plans, quotas"),
    honours("CORS", "by the methods and headers that the template declares"),
    honours("Gateway responses", "bodies, headers and templates of every kind"),
    honours("Binary media types, compression, payload limits"),
    honours("Access logs"),
    refuses("AWS integrations with other services than Lambda", _DEPLOYMENT),
    refuses("Credentials roles of integrations and authorizers", _DEPLOYMENT),
    refuses("PRIVATE endpoints", _DEPLOYMENT),
    refuses("contentHandling of a non-proxy integration request", _DEPLOYMENT),
    refuses("HTTP integrations with hosts outside the cloud", "when called"),
    refuses("VPC links, response streaming", "at PutIntegration"),
    refuses("Canary releases", "at CreateDeployment, CreateStage, UpdateStage"),
    refuses("Cloning", "at CreateRestApi"),
    refuses("Web ACLs", "at AssociateWebACL"),
    differs("loggingLevel, dataTraceEnabled, metricsEnabled, tracingEnabled",
            "kept and read back; there are no execution logs, metrics or X-Ray segments"),
    differs("Edge-optimized APIs", "behave as regional ones"),
    differs("Resizing a cache", "takes no time"),
    differs("A late back end", "gives 504, but its virtual time has passed"),
    differs("Eviction from a full cache", "least recently used first; AWS names no rule"),
    listings={
        "Authorization types": tuple(AUTHORIZATIONS),
        "Integration types": tuple(INTEGRATIONS),
        "Cache sizes (GB)": SIZES,
        "Gateway response types": tuple(KINDS),
    },
    refused={"apigateway": REFUSED_OPERATIONS},
)  # fmt: skip
