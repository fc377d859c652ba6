"""The private servers of the tests, which are those of ``make run`` without durability."""

import os

import psycopg2
import pytest
import redis


def test_the_login_role_is_neither_superuser_nor_above_the_policies():
    with psycopg2.connect(os.environ["DATABASE_URL"]) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper, rolbypassrls, rolinherit, rolcreatedb FROM pg_roles"
            " WHERE rolname = current_user"
        )

        assert cursor.fetchone() == (False, False, False, False)


def test_valkey_refuses_who_does_not_know_the_password():
    port = os.environ["REDIS_URL"].rpartition(":")[2].partition("/")[0]

    with pytest.raises(redis.AuthenticationError):
        redis.Redis(port=int(port)).ping()
