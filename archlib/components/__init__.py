"""What designs are made of: one module for each AWS family.

A component's class says which icon draws it, which CloudFormation resources it needs, and,
by its verbs, what may be connected to what. A new service is a new class; a new relation a
new verb with a connection class beside it.
"""

from archlib.components.api import Cors, RestApi, Route
from archlib.components.clients import Client
from archlib.components.compute import Function, Layer
from archlib.components.database import DaxCluster, Table
from archlib.components.identity import TokenService, UserDirectory
from archlib.components.network import Vpc
from archlib.components.storage import Bucket

__all__ = [
    "Bucket",
    "Client",
    "Cors",
    "DaxCluster",
    "Function",
    "Layer",
    "RestApi",
    "Route",
    "Table",
    "TokenService",
    "UserDirectory",
    "Vpc",
]
