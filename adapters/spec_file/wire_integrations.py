"""The wire form of integrations: what is put under a path of each replica before it starts, told apart by `type`."""

from typing import Annotated, Literal

from pydantic import Field, StrictStr

from adapters.spec_file.forms import (
    ACCESS_KEY,
    BUCKET_URL,
    ENDPOINT,
    GIT_REF,
    GIT_URL,
    MODEL_ID,
    MOUNT_PATH,
    REGION,
    SECRET_REF,
    SPACE_URL,
    STEP_NAME,
    USERNAME,
    VOLUME_NAME,
)
from adapters.spec_file.wire_base import Wire

StepName = Annotated[StrictStr, STEP_NAME]
MountPath = Annotated[StrictStr, MOUNT_PATH]
SecretName = Annotated[StrictStr, SECRET_REF]
AccessKey = Annotated[StrictStr, ACCESS_KEY]
_WHERE = "Where it is mounted, read-only: under this path by its name, unless the path ends in the name already."
_NAMED = "Unique among the integrations; the last part of the path where it is mounted."


class GitLfsV1(Wire):
    """A git repository with its large files, cloned once per version."""

    type: Literal["git-lfs"] = Field(description="A git repository with large files, as Hugging Face keeps models.")
    name: StepName = Field(description=_NAMED)
    url: Annotated[StrictStr, GIT_URL] = Field(description="The repository, over HTTP or HTTPS.")
    path: MountPath | None = Field(default=None, description=f"{_WHERE} Default: /opt/integrations.")
    ref: Annotated[StrictStr, GIT_REF] | None = Field(
        default=None, description="A branch, a tag or a commit. Default: the repository's own default branch."
    )
    username: Annotated[StrictStr, USERNAME] | None = Field(default=None, description="Who asks; for private repositories.")
    password: SecretName | None = Field(default=None, description="`secret:NAME`: a password or token, never the value itself.")


class S3V1(Wire):
    """What stands in a bucket of S3 or of a store that speaks as S3 does, copied once per version."""

    type: Literal["s3"] = Field(description="A bucket of S3, or of a store that speaks as S3 does.")
    name: StepName = Field(description=_NAMED)
    url: Annotated[StrictStr, BUCKET_URL] = Field(description="s3://bucket or s3://bucket/prefix.")
    path: MountPath | None = Field(default=None, description=f"{_WHERE} Default: /opt/integrations.")
    region: Annotated[StrictStr, REGION] | None = Field(default=None, description="The bucket's region, as in us-east-1.")
    endpoint: Annotated[StrictStr, ENDPOINT] | None = Field(default=None, description="The store's address. Default: AWS.")
    access_key_id: AccessKey | None = Field(default=None, description="The key's id, or `secret:NAME`; none for public buckets.")
    secret_access_key: SecretName | None = Field(default=None, description="`secret:NAME`, never the value itself.")


class SpacesV1(Wire):
    """What stands in a DigitalOcean Space, copied once per version."""

    type: Literal["spaces"] = Field(description="A DigitalOcean Space.")
    name: StepName = Field(description=_NAMED)
    url: Annotated[StrictStr, SPACE_URL] | None = Field(
        default=None, description="s3://bucket/prefix beside an `endpoint`, or the whole address of the space."
    )
    path: MountPath | None = Field(default=None, description=f"{_WHERE} Default: /opt/integrations.")
    region: Annotated[StrictStr, REGION] | None = Field(default=None, description="The space's region. Default: its endpoint's.")
    endpoint: Annotated[StrictStr, ENDPOINT] | None = Field(
        default=None, description="https://region.digitaloceanspaces.com, with the space's name in front, behind, or in `url`."
    )
    access_key_id: AccessKey | None = Field(default=None, description="The key's id, or `secret:NAME`; none for public spaces.")
    secret_access_key: SecretName | None = Field(default=None, description="`secret:NAME`, never the value itself.")


class ModelV1(Wire):
    """A model that the platform keeps."""

    type: Literal["model"] = Field(description="A model that the platform keeps.")
    name: StepName = Field(description=_NAMED)
    id: Annotated[StrictStr, MODEL_ID] = Field(description="The model's id, by which the platform knows it.")
    path: MountPath | None = Field(default=None, description=f"{_WHERE} Default: /opt/models itself.")


class VolumeV1(Wire):
    """A volume that the platform's owner keeps, mounted as it is."""

    type: Literal["volume"] = Field(description="A volume that the platform's owner keeps in the project's namespace.")
    name: Annotated[StrictStr, VOLUME_NAME] = Field(description="The volume's name; the last part of the path as well.")
    path: MountPath | None = Field(default=None, description=f"{_WHERE} Default: /opt/integrations.")


IntegrationV1 = Annotated[GitLfsV1 | S3V1 | SpacesV1 | ModelV1 | VolumeV1, Field(discriminator="type")]
