"""What designs are made of: one module for each AWS family.

A component's class says which icon draws it, which CloudFormation resources it needs, and,
by its verbs, what may be connected to what. A new service is a new class; a new relation a
new verb with a connection class beside it.
"""

from archlib.components.api import Cors, RestApi, Route
from archlib.components.aurora import GlobalDatabase
from archlib.components.cdn import Behavior, Caching, Distribution
from archlib.components.clients import Browser, Client, Partner
from archlib.components.compute import Function
from archlib.components.database import DaxCluster, Table
from archlib.components.global_table import GlobalTable, TableReplica
from archlib.components.identity import TokenService, UserDirectory
from archlib.components.keys import EncryptionKey, SigningKey
from archlib.components.layer import Layer
from archlib.components.mail import MailSender
from archlib.components.messaging import Queue, Topic
from archlib.components.network import Vpc
from archlib.components.storage import Bucket
from archlib.components.streams import TableStream

__all__ = [
    "Behavior",
    "Browser",
    "Bucket",
    "Caching",
    "Client",
    "Cors",
    "DaxCluster",
    "Distribution",
    "EncryptionKey",
    "Function",
    "GlobalDatabase",
    "GlobalTable",
    "Layer",
    "MailSender",
    "Partner",
    "Queue",
    "RestApi",
    "Route",
    "SigningKey",
    "Table",
    "TableReplica",
    "TableStream",
    "TokenService",
    "Topic",
    "UserDirectory",
    "Vpc",
]
