"""Users and memberships for administrators; API tokens for everybody's own."""

from typing import Any

import django_filters as df
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import serializers, viewsets
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from itsm import filters
from itsm import models as m
from itsm.api.base import ApiView, Changes, Creates, ProcessViewSet, Remembers
from itsm.api.catalogue import known_zone
from itsm.api.errors import ReadOnlyToken
from itsm.api.filters import check_parameters
from itsm.api.references import Reference
from itsm.api.serializers import Instant, RecordSerializer
from itsm.services.accounts import (
    TOKEN_DAYS,
    TOKEN_DAYS_LIMIT,
    Role,
    create_token,
    save_user,
)
from itsm.tenancy import SYSTEM, acting_as

MOST_TOKENS = 200


class RoleSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """A role, with its customer for a customer's role."""

    role = serializers.ChoiceField(choices=m.Membership.Role.choices)
    customer = Reference(
        queryset=m.Party.objects.all(), required=False, allow_null=True, default=None
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a customer's role without customer, and the other way round."""
        return check_side(attrs)


def check_side(attrs: dict[str, Any]) -> dict[str, Any]:
    """Return ``attrs`` when role and customer fit."""
    if attrs["role"].startswith("CUSTOMER_") != (attrs.get("customer") is not None):
        text = _("Customer roles need a customer; the provider's roles have none.")
        raise serializers.ValidationError({"customer": [text]}, code="constraint")
    return attrs


class UserSerializer(RecordSerializer):
    """Somebody or something that signs in; passwords are never sent through the API."""

    roles = RoleSerializer(many=True, source="memberships")
    email = serializers.EmailField(max_length=254)

    class Meta:
        model = m.User
        fields = (
            "id", "email", "name", "is_active", "language", "timezone", "theme", "roles", "last_login",
            "created_at", "updated_at",
        )  # fmt: skip
        read_only_fields = ("last_login",)

    def validate_email(self, value: str) -> str:
        """Return it in small letters; refuse one that is taken."""
        others = m.User.objects.filter(email=value.lower())
        if self.instance is not None:
            others = others.exclude(pk=self.instance.pk)
        if others.exists():
            raise serializers.ValidationError(_("A user with this e-mail exists."), code="unique")
        return value.lower()

    def validate_timezone(self, value: str) -> str:
        """Refuse a zone that the time zone database does not know."""
        return known_zone(value)


class UserViewSet(Creates, Changes, Remembers, ProcessViewSet):
    """Users, for administrators."""

    model = m.User
    serializer_class = UserSerializer
    filterset_base = filters.UserFilterSet
    prefetch = ("memberships__customer",)

    def perform_create(self, serializer: Any) -> Any:
        """Write the user with exactly these roles."""
        return self._save(serializer, [])

    def perform_update(self, serializer: Any) -> Any:
        """Write the user; without “roles” they stay."""
        return self._save(serializer, _roles(serializer.instance))

    def _save(self, serializer: Any, kept: list[Role]) -> Any:
        facts = serializer.validated_data
        given = facts.get("memberships")
        roles = kept if given is None else [Role(g["role"], g["customer"]) for g in given]
        return save_user(serializer.candidate(facts), roles=roles, by=self.request.user)


def _roles(user: m.User) -> list[Role]:
    return [Role(row.role, row.customer) for row in user.memberships.select_related("customer")]


class MembershipSerializer(RecordSerializer):
    """A role of a user."""

    class Meta:
        model = m.Membership
        fields = ("id", "user", "role", "customer", "created_at", "updated_at")


class MembershipFilterSet(df.FilterSet):
    """Memberships by user, role and customer."""

    class Meta:
        model = m.Membership
        fields = ["user", "role", "customer"]


class MembershipViewSet(Creates, Remembers, ProcessViewSet):
    """Memberships: the roles of users, for administrators."""

    model = m.Membership
    serializer_class = MembershipSerializer
    filterset_base = MembershipFilterSet

    def perform_create(self, serializer: Any) -> Any:
        """Give the role."""
        facts = serializer.validated_data
        user = facts["user"]
        added = Role(facts["role"], facts.get("customer"))
        save_user(user, roles=[*_roles(user), added], by=self.request.user)
        return user.memberships.get(role=added.name, customer=added.customer)

    def destroy(self, request: Request, **_lookup: str) -> Response:
        """Take the role away; the last administrator keeps it."""
        row = self.get_object()
        self.check_version(row)
        kept = [r for r in _roles(row.user) if (r.name, r.customer) != (row.role, row.customer)]
        save_user(row.user, roles=kept, by=request.user)
        return Response(status=204)


class OwnTokens(BasePermission):
    """Everybody who is signed in has tokens; a reading token makes and revokes none."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Return whether somebody is signed in."""
        token: Any = request.auth
        if token is not None and request.method not in SAFE_METHODS and "write" not in token.scopes:
            raise ReadOnlyToken(_("This token may only read. Use one with the scope “write”."))
        return bool(request.user and request.user.is_authenticated)


class TokenSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """A token; its secret is told once, in the answer that creates it."""

    id = serializers.CharField(source="token_key", read_only=True)
    name = serializers.CharField(max_length=80)
    scope = serializers.ChoiceField(
        choices=m.ApiToken.Scope.choices, write_only=True, default="read"
    )
    days = serializers.IntegerField(
        min_value=1, max_value=TOKEN_DAYS_LIMIT, default=TOKEN_DAYS, write_only=True
    )
    scopes = serializers.ListField(child=serializers.CharField(), read_only=True)
    created_at = Instant(source="created", read_only=True)
    expires_at = Instant(source="expiry", read_only=True, allow_null=True)
    last_used_at = Instant(read_only=True, allow_null=True)
    secret = serializers.CharField(read_only=True, allow_null=True)

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """Return the token; “secret” is null but in the first answer."""
        facts = super().to_representation(instance)
        return {**facts, "secret": getattr(instance, "secret", None)}

    def to_internal_value(self, data: Any) -> Any:
        """Refuse names that a token does not have."""
        unknown = [n for n in data if n not in self.fields] if isinstance(data, dict) else []
        if unknown:
            text = _("There is no such field. Use: name, scope, days.")
            raise serializers.ValidationError({str(unknown[0])[:80]: [text]}, code="unknown_field")
        return super().to_internal_value(data)


@extend_schema_serializer(many=False)
class TokenListSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """The caller's tokens, all of them in one page."""

    data = TokenSerializer(many=True)  # type: ignore[assignment]  # the name of every list's rows
    next = serializers.CharField(allow_null=True)


class TokenViewSet(ApiView, viewsets.GenericViewSet):  # type: ignore[type-arg]
    """API tokens of the caller: created with a secret shown once, revoked at any time."""

    permission_classes = [OwnTokens]
    serializer_class = TokenSerializer
    lookup_value_regex = r"[A-Za-z0-9_]{1,25}"
    secret_fields = ("secret",)
    queryset = m.ApiToken.objects.none()
    filter_backends = []
    pagination_class = None

    def accepted_values(self, pointer: str, code: str) -> list[str] | None:
        """Return the scopes."""
        return list(m.ApiToken.Scope.values) if pointer == "/scope" else None

    @extend_schema(responses=TokenListSerializer)
    def list(self, request: Request) -> Response:
        """Return the caller's tokens, newest first."""
        check_parameters(request)
        with acting_as(SYSTEM):
            rows = list(self._own(request).order_by("-created")[:MOST_TOKENS])
        return Response({"data": TokenSerializer(rows, many=True).data, "next": None})

    def retrieve(self, request: Request, pk: str) -> Response:
        """Return one of the caller's tokens."""
        check_parameters(request)
        return Response(TokenSerializer(self._one(request, pk)).data)

    def create(self, request: Request) -> Response:
        """Create a token; “secret” is shown in this answer only."""
        given = TokenSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        with acting_as(SYSTEM):
            token, secret = create_token(request.user, **given.validated_data)  # type: ignore[arg-type]
        token.secret = secret  # type: ignore[attr-defined]
        return Response(TokenSerializer(token).data, status=201)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Revoke the token at once."""
        token = self._one(request, pk)
        with acting_as(SYSTEM):
            token.delete()
        return Response(status=204)

    def _own(self, request: Request) -> Any:
        return m.ApiToken.objects.filter(user=request.user, revoked_at=None)

    def _one(self, request: Request, key: str) -> m.ApiToken:
        with acting_as(SYSTEM):
            token: m.ApiToken | None = self._own(request).filter(token_key=key).first()
        if token is None:
            raise Http404
        return token
