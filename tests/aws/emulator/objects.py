"""An object that is uploaded in parts keeps the tags that it was announced with."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from ministack.services import s3


def fill() -> None:
    create, complete = s3._create_multipart_upload, s3._complete_multipart_upload
    announced: dict[tuple[str, str], dict[str, str]] = {}

    def create_and_remember(bucket: str, key: str, headers: dict[str, str]) -> Any:
        announced[bucket, key] = dict(parse_qsl(headers.get("x-amz-tagging", "")))
        return create(bucket, key, headers)

    def complete_with_tags(bucket: str, key: str, *rest: Any, **more: Any) -> Any:
        answer = complete(bucket, key, *rest, **more)
        tags = announced.pop((bucket, key), {})
        if answer[0] == 200 and tags:
            s3._object_tags[bucket, key, None] = tags
        return answer

    s3._create_multipart_upload = create_and_remember
    s3._complete_multipart_upload = complete_with_tags
