"""How our views describe themselves in the OpenAPI document."""

from drf_spectacular.openapi import AutoSchema


class HubSchema(AutoSchema):
    """Operation ids from paths, tags from the first path segment after the prefix."""

    def get_tags(self) -> list[str]:
        parts = [part for part in self.path.split("/") if part]
        return parts[2:3]
